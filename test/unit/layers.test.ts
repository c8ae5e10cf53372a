import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect } from 'chai'
import { cases } from '../support/cases.ts'

/** A file may import from its own line and from the lines above it, but siblings of one line do not know each other. */
const LAYERS = [
  ['shared'],
  ['engine/storage'],
  ['engine/api'],
  [
    'engine/token',
    'engine/policy',
    'engine/identity',
    'engine/wrapping',
    'engine/lease',
    'engine/audit',
    'engine/limit',
    'engine/metric',
    'engine/seal',
  ],
  ['engine/openssh', 'engine/x509'],
  ['engine/ssh', 'engine/auth', 'engine/cubbyhole'],
  ['engine/core'],
  ['engine/sys'],
  ['engine/http'],
  ['engine/config'],
  ['engine/cli', 'engine/process', 'engine/ui', 'engine'],
]

const ROOT = join(import.meta.dirname, '../..')

const filesIn = (folder: string) =>
  existsSync(join(ROOT, folder))
    ? readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter(file => /\.tsx?$/.test(file))
        .map(file => join(folder, file))
    : []

const importsOf = (file: string) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from |import\()'([^']+)'/g)].map(
    ([, target = '']) => target,
  )

/** Files that import each other, directly or through others, for types too; the first cycle that is found. */
function importCycle(files: readonly string[]): readonly string[] {
  const known = new Set(files)
  const done = new Set<string>()
  const follow = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const target of localImports(file).filter(each => known.has(each))) {
      const cycle = follow(target, [...path, file])
      if (cycle.length > 0) return cycle
    }
    done.add(file)
    return []
  }
  for (const file of files) {
    const cycle = follow(file, [])
    if (cycle.length > 0) return cycle
  }
  return []
}

/** The folder of {@link LAYERS} that a file is in, the most specific one. */
function folderOf(file: string): string | undefined {
  const folders = LAYERS.flat().filter(folder => file.startsWith(`${folder}/`))
  return folders.sort((a, b) => b.length - a.length)[0]
}

const layerOf = (folder: string | undefined) =>
  LAYERS.findIndex(folders => folder !== undefined && folders.includes(folder))

const localImports = (file: string) =>
  importsOf(file)
    .filter(target => target.startsWith('.'))
    .map(target => normalize(join(dirname(file), target)))

describe('Layers', () => {
  for (const file of cases([...filesIn('shared'), ...filesIn('engine')]))
    it(`${file} imports only what lies above it in the table`, () => {
      const own = folderOf(file)
      const wrong = localImports(file).filter(target => {
        const other = folderOf(target)
        if (other === own) return false
        const [from, to] = [layerOf(own), layerOf(other)]
        // where all parts meet, and what runs them
        return to < 0 || to > from || (to === from && own !== 'engine' && own !== 'engine/process')
      })
      expect(wrong).to.deep.equal([])
      expect(own, 'a folder that no line of the table names').to.not.equal(undefined)
    })

  it('has no folder in the engine that the table does not name', () => {
    const folders = readdirSync(join(ROOT, 'engine'), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => `engine/${entry.name}`)
    expect(folders.filter(folder => layerOf(folder) < 0)).to.deep.equal([])
  })

  it('are the same in docs/architecture.md', () => {
    const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
    const [, table = ''] = /^## Layers$[\s\S]*?\n\n((?: {4}.+\n)+)/m.exec(page) ?? []
    const told = table
      .trim()
      .split('\n')
      .map(line => line.trim().split(' '))
    expect(told).to.deep.equal(LAYERS)
  })

  for (const file of cases(filesIn('helper')))
    it(`${file} imports only the helper, shared and Node`, () => {
      const wrong = [
        ...localImports(file).filter(target => !/^(?:helper|shared)\//.test(target)),
        ...importsOf(file).filter(target => !/^(?:\.|node:)/.test(target)),
      ]
      expect(wrong).to.deep.equal([])
    })

  for (const file of cases(filesIn('engine/ui')))
    it(`${file} imports only the page, shared and libraries for browsers`, () => {
      const wrong = importsOf(file).filter(target => target.startsWith('node:'))
      const local = localImports(file).filter(each => !/^(?:engine\/ui|shared)\//.test(each))
      expect([...wrong, ...local]).to.deep.equal([])
    })

  it('has nothing that imports the page', () => {
    const users = [...filesIn('shared'), ...filesIn('helper'), ...filesIn('engine')]
      .filter(file => !file.startsWith('engine/ui/'))
      .filter(file => localImports(file).some(target => target.startsWith('engine/ui/')))
    expect(users).to.deep.equal([])
  })

  it('has no files that import each other', () => {
    const files = ['shared', 'helper', 'engine', 'packaging', 'test'].flatMap(filesIn)
    expect(files.length).to.be.above(500)
    expect(importCycle(files)).to.deep.equal([])
  })

  it('imports each library from one file', () => {
    const users = new Map<string, string[]>()
    // declarations of types are no part of a program
    const files = ['shared', 'helper', 'engine']
      .flatMap(filesIn)
      .filter(file => !/\.d\.ts$/.test(file))
    for (const file of files)
      for (const target of new Set(importsOf(file).filter(each => !/^(?:\.|node:)/.test(each))))
        users.set(target, [...(users.get(target) ?? []), file])
    const shared = [...users].filter(([, files]) => files.length > 1)
    expect(shared).to.deep.equal([])
  })
})
