import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { HOST_COMMANDS } from '../../helper/commands/dispatch.ts'

const ROOT = join(import.meta.dirname, '../..')

const PAGES = ['docs/architecture.md', 'docs/contributing/how-to-add.md']

const exists = (path: string) =>
  ['', '.ts', '-paths.ts'].some(ending => existsSync(join(ROOT, path + ending)))

/** What is named in the last column of a drawing: `http/request, turns` are two files of one folder. */
function namedIn(column: string): readonly string[] {
  let folder = ''
  return column.split(', ').map(name => {
    const isFolder = name.endsWith('/')
    const path = name.includes('/') ? name : `${folder}/${name}`
    folder = isFolder ? path.slice(0, -1) : dirname(path)
    return path
  })
}

/** What the drawings of a page name, each by its path, in most of them below `engine`. */
const drawn = (page: string) =>
  [...page.matchAll(/^ {4}.*\S {2,}([a-z][\w-]*\/[\w/-]*(?:, [\w/-]+)*)(?: …)?$/gm)].flatMap(
    ([, column = '']) => namedIn(column),
  )

/** Paths in code font, below the root or below `engine`; those with a placeholder are left out. */
const quoted = (page: string) =>
  [...page.matchAll(/`([a-z]+\/[\w./-]+)`/g)]
    .map(([, path = '']) => path)
    .filter(path => /^(?:docs|engine|helper|packaging|shared|test)\//.test(path))

describe('The files that pages name', () => {
  for (const file of PAGES)
    it(`exist: ${file}`, () => {
      const page = readFileSync(join(ROOT, file), 'utf8')
      const named = [...drawn(page), ...quoted(page)]
      expect(named.length).to.be.greaterThan(20)
      expect(named.filter(path => !exists(path) && !exists(`engine/${path}`))).to.deep.equal([])
    })
})

describe('The drawing of the helper', () => {
  it('names every command of it', () => {
    const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
    const [, listed = ''] = /^ +commands\/ +(\S+(?:, \S+)*) +helper\/commands/m.exec(page) ?? []
    expect(listed.split(', ')).to.have.members(Object.keys(HOST_COMMANDS))
  })
})
