import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, parse } from 'node:path'
import { expect } from 'chai'
import { cases } from '../support/cases.ts'
import { ALONE, LONG, WHOLE } from '../support/lanes.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Tests of the whole source, which has no one file to stand beside. */
const WHOLE_TREE = {
  clocks: 'which files read the wall clock',
  commands: 'that tests run the commands of every page',
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

/** A loop that makes tests, with what it goes over. */
const LOOP =
  /^( *)for \(const .* of (.+)\)(?: \{)?\n(?:.*\n)??(?:\1 {2}| {4}\1)(?:for|it|describe)\(/gm

/** What a loop may go over: rows that stand in the loop or in a constant of the file, or {@link cases}. */
function hasRows(list: string, text: string): boolean {
  if (/^cases[(<]|^Object\.entries\(\{|^\[(?!\.\.\.)/.test(list)) return true
  const [, name] = /^(?:Object\.(?:entries|keys)\()?(\w+)\)?$/.exec(list) ?? []
  const isOwn = new RegExp(`const ${name}\\b(?:(?!\n\n)[^])*? = (?:\\[(?!\\.\\.\\.)|\\{)`)
  return name !== undefined && (name === 'RELEASES' || isOwn.test(text))
}

const UNIT = filesIn('test/unit')
const TESTS = UNIT.map(file => file.replace(/\.test\.ts$/, '')).filter(
  test => !(test in WHOLE_TREE),
)

describe('The tree of tests', () => {
  it('has unit tests', () => {
    expect(TESTS.length).to.be.greaterThan(100)
  })

  for (const test of cases(TESTS))
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

  it('makes tests of no list that may be empty', () => {
    const loops = filesIn('test')
      .filter(file => file.endsWith('.ts'))
      .flatMap(file => {
        const text = readFileSync(join(ROOT, 'test', file), 'utf8')
        return [...text.matchAll(LOOP)].map(([, , list = '']) => ({ file, list, text }))
      })
    expect(loops.length).to.be.greaterThan(100)
    const wrong = loops.filter(({ list, text }) => !hasRows(list, text))
    expect(wrong.map(({ file, list }) => `${file}: ${list}`)).to.deep.equal([])
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
