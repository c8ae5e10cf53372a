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

/** Has the kernel refuse this process to make memory executable: PR_SET_MDWE with PR_MDWE_REFUSE_EXEC_GAIN, of Linux 6.3. */
const DENY = `syscall(${PRCTL[process.arch] ?? -1}, 65, 1, 0, 0, 0) == 0`

const perl = (script: string, ...words: readonly string[]) =>
  spawnSync('perl', ['-e', script, ...words], { encoding: 'utf8' })

describe('A helper without a compiler', function () {
  this.timeout(60_000)

  const folder = mkdtempSync(join(tmpdir(), 'postern-jitless-'))
  after(() => rmSync(folder, { recursive: true }))

  async function helper(name: string, ...more: readonly string[]): Promise<string> {
    const { script } = await bundle(join(ROOT, 'helper/main.ts'))
    const file = join(folder, name)
    executable({ file, script, flags: ['--disable-sigusr1', ...more], assets: {} })
    return file
  }

  it('runs where no memory may be made executable', async () => {
    // an older kernel runs it as any other program
    const ran = perl(`${DENY}; exec @ARGV`, await helper('without', '--jitless'), '-version')
    expect([ran.status, ran.stderr]).to.deep.equal([0, ''])
    expect(ran.stdout).to.match(/^postern-helper \d/)
  })

  it('is what such a place needs: one with a compiler runs only where the kernel cannot deny it', async () => {
    const file = await helper('with')
    const isDenied = perl(`exit !(${DENY})`).status === 0
    const ran = perl(`${DENY}; exec @ARGV`, file, '-version')
    expect(ran.status, ran.stderr).to.equal(isDenied ? null : 0)
    expect(ran.stdout).to.match(isDenied ? /^$/ : /^postern-helper \d/)
  })
})
