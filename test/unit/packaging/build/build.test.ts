import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { bundle, WORKERS } from '../../../../packaging/build/bundle.ts'
import { executable } from '../../../../packaging/build/executable.ts'
import { licenses } from '../../../../packaging/build/licenses.ts'

const ROOT = join(import.meta.dirname, '../../../..')

describe('The build', function () {
  this.timeout(60_000)

  let folder: string

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'postern-build-test-')))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const make = (node?: string) =>
    executable(
      {
        file: join(folder, 'program'),
        script: "console.log(require('node:sea').getAsset('text', 'utf8'))",
        flags: [],
        assets: { text: 'whole' },
      },
      node,
    )

  const run = () => execFileSync(join(folder, 'program'), { encoding: 'utf8' })

  it('leaves a program alone that is as it was built', () => {
    expect(make()).to.equal('built')
    expect(run()).to.equal('whole\n')
    expect(make()).to.equal('unchanged')
  })

  for (const [what, damage] of [
    ['emptied', file => truncateSync(file)],
    ['cut', file => truncateSync(file, 1_000_000)],
    ['added to', file => appendFileSync(file, 'x')],
    ['taken away', file => rmSync(file)],
    ['made one that cannot be run', file => chmodSync(file, 0o644)],
    ['made one that others can write to', file => chmodSync(file, 0o777)],
  ] as const satisfies readonly (readonly [string, (file: string) => void])[])
    it(`builds a program anew that has been ${what}`, () => {
      make()
      damage(join(folder, 'program'))
      expect(make()).to.equal('built')
      expect(run()).to.equal('whole\n')
      expect(make()).to.equal('unchanged')
    })

  it('builds a program anew when Node has other bytes', () => {
    const node = join(folder, 'node')
    copyFileSync(process.execPath, node)
    make(node)
    expect(make()).to.equal('unchanged')
    appendFileSync(node, '\0')
    expect(make(node)).to.equal('built')
  })

  it('takes no package from above the repository', async () => {
    const clone = join(folder, 'clone')
    for (const name of ['above', 'pg-native']) {
      mkdirSync(join(folder, 'node_modules', name), { recursive: true })
      writeFileSync(join(folder, 'node_modules', name, 'index.js'), 'exports.marker = "MARKER"')
    }
    mkdirSync(clone)
    const entry = join(clone, 'main.ts')
    writeFileSync(entry, "import { marker } from 'above'\nconsole.log(marker)")
    let failure: unknown
    await bundle(entry, { within: clone }).catch(error => {
      failure = error
    })
    expect(String(failure)).to.contain(`not in ${clone}, so not built: ../node_modules/above/`)
    writeFileSync(entry, "console.log(require('pg-native'))")
    expect((await bundle(entry, { within: clone })).script).to.not.contain('MARKER')
  })

  for (const [name, workers] of [
    ['engine', WORKERS],
    ['helper', {}],
  ] as const)
    it(`has the licence text of every package in the ${name}`, async () => {
      const { packages } = await bundle(join(ROOT, name, 'main.ts'), { workers })
      expect(packages).to.include(join(ROOT, 'node_modules/toml'))
      const chapters = licenses(packages)
        .split(/^={80}\n/m)
        .slice(1)
      expect(chapters.length).to.equal(2 * (packages.length + 2))
      const texts = chapters.filter((_, index) => index % 2 === 1)
      for (const [index, text] of texts.entries())
        expect(text, chapters[2 * index])
          .to.match(/copyright|public domain/i)
          .and.match(/permi|licen[cs]e|distribut/i)
      const all = chapters.join('')
      expect(all).to.contain('Mozilla Public License').and.contain('Node.js contributors')
      for (const folder of packages) {
        const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
        expect(all).to.contain(`\n${name} ${version} (`.trimStart())
      }
    })

  it('leaves everything out of the helper but the TOML reader', async () => {
    const { packages } = await bundle(join(ROOT, 'helper/main.ts'))
    expect(packages).to.deep.equal([join(ROOT, 'node_modules/toml')])
  })

  it('builds nothing with a package that has no licence text', () => {
    writeFileSync(join(folder, 'package.json'), '{"name":"bare","version":"1.0.0","license":"MIT"}')
    writeFileSync(join(folder, 'README.md'), '# Bare\n\n## License\n\nMIT\n')
    expect(() => licenses([folder])).to.throw('the package bare has no licence text')
  })
})
