import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { architectureOf } from '../../../packaging/build/elf.ts'
import { ARCHITECTURES, type Architecture } from '../../../packaging/packages/architectures.ts'
import { ALL, writePackages } from '../../../packaging/packages/write-packages.ts'
import { cases } from '../../support/cases.ts'

const ROOT = join(import.meta.dirname, '../../..')

const RELEASE = {
  version: '1.2.3',
  date: new Date('2026-01-01'),
  maintainer: 'Postern <maintainers@postern.invalid>',
  compression: 'none',
} as const

const UNITS = readdirSync(join(ROOT, 'packaging/systemd'))

describe('All packages', function () {
  this.timeout(600_000)

  const folder = mkdtempSync(join(tmpdir(), 'postern-checks-'))
  after(() => rmSync(folder, { recursive: true }))

  const written = async (name: string) => {
    const files: string[] = []
    for await (const file of writePackages(ALL, RELEASE, join(folder, name))) files.push(file)
    return files
  }

  let files: readonly string[]

  before(async () => {
    files = await written('one')
  })

  const path = (file: string) => join(folder, 'one', file)
  const unpacked = (file: string): string => {
    const place = join(folder, `unpacked-${file}`)
    mkdirSync(place, { recursive: true })
    execFileSync('dpkg-deb', ['-x', path(file), place])
    return place
  }

  it('are those that are promised', () => {
    expect([...files].sort()).to.deep.equal([
      'postern-helper_1.2.3_aarch64.rpm',
      'postern-helper_1.2.3_amd64.deb',
      'postern-helper_1.2.3_arm64.deb',
      'postern-helper_1.2.3_x86_64.rpm',
      'postern_1.2.3_aarch64.rpm',
      'postern_1.2.3_amd64.deb',
      'postern_1.2.3_arm64.deb',
      'postern_1.2.3_x86_64.rpm',
    ])
  })

  it('have the same bytes a second time', async () => {
    for (const file of await written('two'))
      expect(
        readFileSync(join(folder, 'two', file)).equals(readFileSync(path(file))),
        file,
      ).to.equal(true)
    rmSync(join(folder, 'two'), { recursive: true })
  })

  it('have programs for their processor', () => {
    for (const [file, program, architecture] of [
      ['postern_1.2.3_amd64.deb', 'usr/bin/postern', 'x64'],
      ['postern_1.2.3_arm64.deb', 'usr/bin/postern', 'arm64'],
      ['postern-helper_1.2.3_amd64.deb', 'usr/sbin/postern-helper', 'x64'],
      ['postern-helper_1.2.3_arm64.deb', 'usr/sbin/postern-helper', 'arm64'],
    ] as const)
      expect(architectureOf(readFileSync(join(unpacked(file), program))), file).to.equal(
        architecture,
      )
  })

  it('have the very programs whose speed and memory the bench measures', () => {
    const { deb } = ARCHITECTURES[process.arch as Architecture]
    for (const [file, installed, built] of [
      [`postern_1.2.3_${deb}.deb`, 'usr/bin/postern', 'dist/postern'],
      [`postern-helper_1.2.3_${deb}.deb`, 'usr/sbin/postern-helper', 'dist/helper'],
    ] as const) {
      const program = readFileSync(join(unpacked(file), installed))
      expect(program.equals(readFileSync(join(ROOT, built))), installed).to.equal(true)
    }
  })

  it('are accepted by lintian', () => {
    const debs = files.filter(file => file.endsWith('.deb')).map(path)
    // released ones are compressed
    const words = ['--allow-root', '--suppress-tags', 'uses-no-compression-for-data-tarball']
    const { status, stdout } = spawnSync(
      'lintian',
      [...words, '--fail-on', 'error,warning', ...debs],
      {
        encoding: 'utf8',
      },
    )
    expect([status, stdout]).to.deep.equal([0, ''])
  })

  it('are accepted by rpmlint', () => {
    const rpms = files.filter(file => file.endsWith('.rpm')).map(path)
    const settings = join(ROOT, 'packaging/nfpm/rpmlintrc')
    const words = ['-r', settings, ...rpms]
    const { stdout, stderr } = spawnSync('rpmlint', words, { encoding: 'utf8' })
    expect(stdout, stderr).to.match(/^.* packages .*checked; 0 errors/m)
  })

  describe('have units', () => {
    let place: string

    before(() => {
      place = join(folder, 'root')
      for (const name of ['postern', 'postern-helper'])
        execFileSync('dpkg-deb', ['-x', path(`${name}_1.2.3_amd64.deb`), place])
    })

    for (const unit of cases(UNITS.filter(name => name.endsWith('.service'))))
      it(`that give little away: ${unit}`, () => {
        const file = join(place, 'usr/lib/systemd/system', unit)
        const words = ['security', '--offline=yes', '--no-pager', file]
        const { stdout } = spawnSync('systemd-analyze', words, { encoding: 'utf8' })
        const [, exposure] = /exposure level for .*: (\d+\.\d) /.exec(stdout) ?? []
        expect(Number(exposure), stdout).to.be.at.most(2)
      })

    for (const unit of cases(UNITS))
      it(`that systemd accepts: ${unit}`, () => {
        const file = join(place, 'usr/lib/systemd/system', unit)
        const text = readFileSync(file, 'utf8')
        for (const [, program = ''] of text.matchAll(/^ExecStart(?:Pre)?=(\S+)/gm))
          expect(readFileSync(join(place, program)).length).to.be.above(0)
        // it looks for the programs, which are not installed here
        const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
          encoding: 'utf8',
        })
        const own = stderr.split('\n').filter(line => line.includes(unit))
        expect(own.filter(line => !/is not executable: No such file/.test(line))).to.deep.equal([])
      })
  })
})
