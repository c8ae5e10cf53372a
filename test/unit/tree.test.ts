import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join, parse } from 'node:path'
import { expect } from 'chai'
import { ALONE, LONG, WHOLE } from '../support/lanes.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Tests of the whole source, which has no one file to stand beside. */
const WHOLE_TREE = {
  clocks: 'which files read the wall clock',
  layers: 'who imports whom',
  linear: 'that every parser takes time in proportion to its input',
  links: 'the links of every page',
  map: 'the files that pages about the source name',
  tree: 'this test',
  words: 'the words of source and docs',
}

const filesIn = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(join(ROOT, folder).length + 1))

/** Whether there is a source file at `path`, whatever its extension. */
const isFile = (path: string) =>
  existsSync(join(ROOT, dirname(path))) &&
  readdirSync(join(ROOT, dirname(path)), { withFileTypes: true }).some(
    entry => entry.isFile() && [entry.name, parse(entry.name).name].includes(basename(path)),
  )

/** Whether `test`, a path below test/unit without its extension, tests a source file, an aspect of one, or a folder. */
const hasSource = (test: string) =>
  [`engine/${test}`, test].some(
    path => existsSync(join(ROOT, path)) || isFile(path) || isFile(dirname(path)),
  )

const UNIT = filesIn('test/unit')
const TESTS = UNIT.map(file => file.replace(/\.test\.ts$/, '')).filter(
  test => !(test in WHOLE_TREE),
)

describe('The tree of tests', () => {
  it('has unit tests', () => {
    expect(TESTS.length).to.be.greaterThan(100)
  })

  for (const test of TESTS)
    it(`has a source for test/unit/${test}`, () => {
      expect(hasSource(test)).to.equal(true)
    })

  it('makes no exception for a test that is not there', () => {
    expect(Object.keys(WHOLE_TREE).filter(test => !UNIT.includes(`${test}.test.ts`))).to.deep.equal(
      [],
    )
  })

  it('has nothing but tests in test/unit', () => {
    expect(UNIT.filter(file => !file.endsWith('.test.ts'))).to.deep.equal([])
  })

  it('runs every test file once, in one of the lanes', () => {
    const suites = [...WHOLE, ...ALONE, ...LONG].flat()
    const timesRun = (file: string) => suites.filter(suite => file.startsWith(`${suite}/`)).length
    const tests = filesIn('test').filter(file => file.endsWith('.test.ts'))
    expect(tests.filter(file => timesRun(file) !== 1)).to.deep.equal([])
    expect(suites.filter(suite => !tests.some(file => file.startsWith(`${suite}/`)))).to.deep.equal(
      [],
    )
  })
})
