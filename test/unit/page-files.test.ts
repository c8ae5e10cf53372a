import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import type { pageFiles } from '../../engine/page-files.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Everything that the module imports, but types. */
const SOURCES = ['package.json', 'engine/page-files.ts', 'shared/invalid.ts']

describe('pageFiles', () => {
  let clone: string
  let files: typeof pageFiles

  before(async () => {
    clone = mkdtempSync(join(tmpdir(), 'postern-clone-'))
    for (const file of SOURCES) {
      mkdirSync(dirname(join(clone, file)), { recursive: true })
      copyFileSync(join(ROOT, file), join(clone, file))
    }
    const module = await import(pathToFileURL(join(clone, 'engine/page-files.ts')).href)
    files = module.pageFiles
  })
  after(() => rmSync(clone, { recursive: true }))

  it('reads none that nobody wants', () => {
    expect([files(undefined), files(false)]).to.deep.equal([undefined, undefined])
  })

  it('says how to build the page where it has not been built', () => {
    expect(files('if built')).to.equal(undefined)
    expect(() => files(true)).to.throw(
      '"ui" is true, but the page has not been built: run npm run build',
    )
  })

  it('reads what the build has written', () => {
    const built = { 'index.html': 'document', 'assets/a-1.js': 'script', 'assets/a-1.js.br': 'br' }
    for (const [name, text] of Object.entries(built)) {
      mkdirSync(dirname(join(clone, 'dist/ui', name)), { recursive: true })
      writeFileSync(join(clone, 'dist/ui', name), text)
    }
    for (const wanted of [true, 'if built'] as const) {
      const found = [...(files(wanted) ?? [])].map(([name, content]) => [name, content.toString()])
      expect(Object.fromEntries(found)).to.deep.equal(built)
    }
    expect(files(false)).to.equal(undefined)
  })
})
