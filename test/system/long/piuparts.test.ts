import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import { MadePackages } from '../../support/made-packages.ts'
import { RELEASES, rootOf } from '../../support/releases.ts'

const MISSING =
  'piuparts is missing, which installs and purges packages as Debian does: apt-get install piuparts'

/** What debconf leaves when packages that ours only suggest are installed. */
const OF_OTHERS = ['--ignore-regex=^/var/cache/debconf/tmp\\.ci/?$']

describe('piuparts', function () {
  this.timeout(600_000)

  let made: MadePackages
  let folder: string

  before(async () => {
    if (spawnSync('piuparts', ['--version']).error) throw new Error(MISSING)
    folder = mkdtempSync(join(tmpdir(), 'postern-piuparts-'))
    made = await MadePackages.make(['1.0.0'])
  })
  after(() => {
    made?.[Symbol.dispose]()
    if (folder) rmSync(folder, { recursive: true })
  })

  for (const release of cases(RELEASES))
    it(`finds nothing left of the packages on ${release}`, () => {
      const root = join(folder, `${release}.tar.gz`)
      // other tests touch the directory, which tar tells by 1
      const pack = 'tar -C "$1" --exclude="./opt/*" -I "gzip -1" -cf "$2" . || [ $? = 1 ]'
      execFileSync('sh', ['-c', pack, 'pack', rootOf(release), root], { stdio: 'ignore' })
      const files = (['postern', 'postern-helper'] as const).map(name => made.file(name, '1.0.0'))
      // there is no earlier version in Debian, and nothing that makes syncing the disk do nothing on every machine
      const flags = ['-b', root, '-d', release, '--no-upgrade-test', '--no-eatmydata', ...OF_OTHERS]
      const { status, stdout } = spawnSync('piuparts', [...flags, ...files], {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      })
      rmSync(root)
      expect(status, stdout.slice(-5000)).to.equal(0)
      expect(stdout).to.contain('PASS: All tests')
    })
})
