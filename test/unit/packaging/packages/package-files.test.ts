import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { type PackageName, packageFiles } from '../../../../packaging/packages/package-files.ts'

const ROOT = join(import.meta.dirname, '../../../..')

const RELEASE = {
  version: '1.2.3',
  date: new Date('2026-11-28T12:00:00Z'),
  maintainer: 'Somebody <somebody@example.com>',
  compression: 'xz',
} as const

const filesOf = (name: PackageName) =>
  packageFiles({ name, architecture: 'arm64', release: RELEASE })

/** The texts of a package, by their paths. */
const textsOf = (name: PackageName): readonly (readonly [string, string])[] =>
  [...filesOf(name)].map(([path, content]) => [
    path,
    typeof content === 'string' ? content : gunzipSync(content).toString(),
  ])

/** What the build adds. */
const BUILT = ['bin/postern', 'bin/helper', 'doc/LICENSES.gz']

for (const name of ['postern', 'postern-helper'] as const)
  describe(`The files of the package ${name}`, () => {
    const description = () => String(filesOf(name).get('nfpm.yaml'))

    it('are all in its description, and nothing else is', () => {
      const named = [...description().matchAll(/(?:src:|install:|remove:) ([\w./*-]+)/g)].map(
        ([, path = '']) => path,
      )
      expect(named.length).to.be.greaterThan(20)
      const matches = (path: string) => (pattern: string) =>
        pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path
      const staged = [...filesOf(name).keys()].filter(path => path !== 'nfpm.yaml')
      expect(staged.filter(path => !named.some(matches(path)))).to.deep.equal([])
      expect(
        named.filter(pattern => ![...staged, ...BUILT].some(path => matches(path)(pattern))),
      ).to.deep.equal([])
    })

    it('have a mode each, whatever the umask of who builds them', () => {
      const lines = description()
        .split('\n')
        .filter(line => line.startsWith('  - {'))
      expect(lines.length).to.be.greaterThan(10)
      expect(lines.filter(line => !/mode: 0o(?:644|755) \}/.test(line))).to.deep.equal([])
    })

    it('name the programs where the package installs them', () => {
      const texts = textsOf(name).filter(([path]) => !path.includes('CHANGELOG'))
      const byHand = texts.filter(([, text]) => text.includes('/usr/local/'))
      expect(byHand.map(([path]) => path)).to.deep.equal([])
    })

    it('leave no word of the description open', () => {
      const open = textsOf(name).filter(([, text]) => /@[A-Z_]{4,}@/.test(text))
      expect(open.map(([path]) => path)).to.deep.equal([])
      expect(description()).to.contain("version: '1.2.3'").and.contain('arch: arm64')
    })

    it('have scripts that a plain shell can read', () => {
      const scripts = textsOf(name).filter(([path]) => path.startsWith('scripts/'))
      expect(scripts.length).to.be.greaterThan(5)
      for (const [, text] of scripts) execFileSync('sh', ['-n'], { input: text })
    })

    it('enable no unit, also where the first boot of an image applies presets', () => {
      const units = [...filesOf(name).keys()].filter(path => /^systemd\//.test(path))
      const preset = String(filesOf(name).get(`${name}.preset`))
      for (const unit of units.filter(path => /\.(?:timer|path)$|postern\.service$/.test(path)))
        expect(preset).to.contain(`disable ${unit.slice('systemd/'.length)}\n`)
      const scripts = textsOf(name).filter(([path]) => path.startsWith('scripts/'))
      for (const [, text] of scripts) expect(text).to.not.match(/systemctl.* (?:enable|start)/)
    })
  })

describe('The files of both packages', () => {
  it('have every unit, in one of the packages', () => {
    const units = (name: PackageName) =>
      [...filesOf(name).keys()].filter(path => path.startsWith('systemd/'))
    expect([...units('postern'), ...units('postern-helper')].sort()).to.deep.equal(
      readdirSync(join(ROOT, 'packaging/systemd'))
        .map(file => `systemd/${file}`)
        .sort(),
    )
    expect(units('postern')).to.include('systemd/postern-backup.timer')
    expect(units('postern-helper')).to.include('systemd/postern-krl.timer')
  })
})
