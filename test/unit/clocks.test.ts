import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = 'docs/decisions/0021-clocks.md'
const WALL_CLOCK = /\bDate\.now\(|new Date\(\)|(?<!performance\.)\bnow\(\)|\bnow\.getTime\(\)/

const files = ['engine', 'helper', 'shared'].flatMap(folder =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file)),
)

describe('The wall clock', () => {
  it(`is used where ${PAGE} says why it may be, and nowhere else`, () => {
    const page = readFileSync(join(ROOT, PAGE), 'utf8')
    const listed = [...page.matchAll(/`([^`]+\.ts)`/g)].map(([, file]) => file)
    const using = files.filter(file => WALL_CLOCK.test(readFileSync(join(ROOT, file), 'utf8')))
    expect(using).to.not.be.empty
    expect(listed.toSorted()).to.deep.equal(using.toSorted())
  })
})
