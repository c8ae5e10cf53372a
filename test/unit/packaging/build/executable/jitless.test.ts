import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { bundle } from '../../../../../packaging/build/bundle.ts'
import { executable } from '../../../../../packaging/build/executable.ts'

const ROOT = join(import.meta.dirname, '../../../../..')

/** Numbers of the system call prctl. */
const PRCTL = { x64: 157, arm64: 167 } as Readonly<Record<string, number>>

/** Runs a program below PR_SET_MDWE with PR_MDWE_REFUSE_EXEC_GAIN, which Linux 6.3 brought; ends with 77 where there is none. */
const DENIED = `syscall(${PRCTL[process.arch]}, 65, 1, 0, 0, 0) == 0 or exit 77; exec @ARGV`

describe('A helper without a compiler', function () {
  this.timeout(60_000)

  const folder = mkdtempSync(join(tmpdir(), 'postern-jitless-'))
  after(() => rmSync(folder, { recursive: true }))

  for (const [what, more, status] of [
    ['runs', ['--jitless'], 0],
    ['with one does not run', [], null],
  ] as const)
    it(`${what} where no memory may be made executable`, async function () {
      const { script } = await bundle(join(ROOT, 'helper/main.ts'))
      const file = join(folder, `helper${more.length}`)
      executable({ file, script, flags: ['--disable-sigusr1', ...more], assets: {} })
      const ran = spawnSync('perl', ['-e', DENIED, file, '-version'], { encoding: 'utf8' })
      if (ran.status === 77) this.skip()
      expect(ran.status, ran.stderr).to.equal(status)
      if (status !== 0) return
      expect(ran.stdout).to.match(/^postern-helper \d/)
      // such as that its compiled code is of no use
      expect(ran.stderr).to.equal('')
    })
})
