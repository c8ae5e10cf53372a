import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { Keygen } from '../../support/keygen.ts'
import { type ScriptedEngine, scriptedEngine } from '../../support/scripted-engine.ts'
import { until } from '../../support/until.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

describe('postern ssh on a signal', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  const key = keygen.read(keygen.key('-t', 'ed25519').file)
  let folder: string
  let engine: ScriptedEngine
  /** Resolves what `creds` waits for. */
  let release: () => void
  let held: Promise<void> | undefined

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postern-signals-'))
    held = undefined
    engine = await scriptedEngine(async path => {
      if (path === 'sys/leases/revoke') return {}
      if (!path.startsWith('ssh/creds/')) return undefined
      await held
      const kind = path.slice('ssh/creds/'.length)
      const data = { key: kind === 'otp' ? 'secret' : key, key_type: kind, port: 22 }
      return { lease_id: 'ssh/creds/x/1', lease_duration: 600, data }
    })
  })
  afterEach(async () => {
    await engine[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
  after(() => keygen[Symbol.dispose]())

  function start(mode: string, ssh: string, environment: Readonly<Record<string, string>> = {}) {
    const path = join(folder, 'ssh')
    writeFileSync(path, `#!/bin/sh\ncase $1 in -G) exit 255 ;; esac\n${ssh}\n`)
    chmodSync(path, 0o755)
    const words = [MAIN, 'ssh', `-mode=${mode}`, `-role=${mode}`, `-ssh-executable=${path}`]
    return spawn(process.execPath, [...words, 'u@127.0.0.1'], {
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        XDG_RUNTIME_DIR: folder,
        POSTERN_ADDR: engine.address,
        POSTERN_TOKEN: 'token',
        STARTED: join(folder, 'started'),
        ...environment,
      },
      stdio: 'ignore',
      detached: true,
    })
  }

  const started = () => until(() => existsSync(join(folder, 'started')))

  /** Its exit code, whether a signal or itself has ended it. */
  async function ended(child: ChildProcess): Promise<number> {
    const [code, signal] = await once(child, 'exit')
    return code ?? 128 + constants.signals[signal as NodeJS.Signals]
  }

  /** Whether a process waits again, with no signal left to take. */
  function hasTakenSignals(pid: number | undefined): boolean {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return /^State:\tS/m.test(status) && /^ShdPnd:\t0+$/m.test(status)
  }

  const left = () => readdirSync(folder).filter(name => name.startsWith('postern-ssh-'))

  const revoked = () => engine.requests.filter(each => each === 'PUT sys/leases/revoke').length

  for (const signal of SIGNALS)
    it(`gives the lease back when ${signal} comes before ssh has started`, async () => {
      const child = start('otp', 'touch "$STARTED"; exec sleep 60')
      await started()
      child.kill(signal)
      expect(await ended(child)).to.equal(128 + constants.signals[signal])
      expect(revoked()).to.equal(1)
      expect(left()).to.deep.equal([])
    })

  it('gives the lease back that the engine was just about to give', async () => {
    held = new Promise(resolve => {
      release = resolve
    })
    const child = start('otp', 'exit 0')
    await until(() => engine.requests.some(each => each.startsWith('PUT ssh/creds/')))
    // a terminal that is closed, and a program in between that passes signals on: they come together, in an order of the system's
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGINT'] as const
    for (const signal of signals) child.kill(signal)
    await until(() => hasTakenSignals(child.pid))
    release()
    expect(signals.map(signal => 128 + constants.signals[signal])).to.include(await ended(child))
    expect(revoked()).to.equal(1)
  })

  it('exits at once on a second signal', async () => {
    held = new Promise(() => undefined)
    const child = start('otp', 'exit 0')
    await until(() => engine.requests.some(each => each.startsWith('PUT ssh/creds/')))
    const end = ended(child)
    let [sent, code] = [0, -1]
    // those that it takes together, if it stood still meanwhile, are one
    for (; code < 0; sent++) {
      child.kill('SIGINT')
      code = await Promise.race([end, wait(1000, -1)])
    }
    expect(code).to.equal(130)
    expect(sent).to.be.greaterThan(1)
  })

  it('gives the lease of a key back although an agent hangs, and has the key in no file', async () => {
    const socket = join(folder, 'hung')
    const agent = createServer(() => writeFileSync(join(folder, 'started'), ''))
    agent.listen(socket)
    await once(agent, 'listening')
    const child = start('dynamic', 'exit 0', { SSH_AUTH_SOCK: socket })
    await started()
    expect(filesWithKey()).to.deep.equal([])
    child.kill('SIGINT')
    expect(await ended(child)).to.equal(130)
    expect(revoked()).to.equal(1)
    expect(left()).to.deep.equal([])
    agent.close()
  })

  it('assumes no refusal by the host if ssh ends on a signal', async () => {
    const script = `case $1 in -V) echo OpenSSH_9.2p1 >&2; exit ;; esac
trap 'exit 255' HUP; "$SSH_ASKPASS" '(u@127.0.0.1) Password: '; touch "$STARTED"; while :; do sleep 0.1; done`
    const child = start('otp', script)
    await started()
    child.kill('SIGHUP')
    expect(await ended(child)).to.equal(255)
    expect(engine.requests).not.to.include('PUT sys/leases/lookup')
    expect(revoked()).to.equal(1)
  })

  it('leaves no private key when it is killed', async () => {
    const child = start('dynamic', 'echo "$$" >"$STARTED.pid"; touch "$STARTED"; exec sleep 60')
    await started()
    expect(filesWithKey()).to.deep.equal([])
    child.kill('SIGKILL')
    await ended(child)
    expect(left()).to.have.length(1)
    expect(filesWithKey()).to.deep.equal([])
    process.kill(Number(readFileSync(join(folder, 'started.pid'), 'utf8')), 'SIGTERM')
  })

  const filesWithKey = () =>
    left()
      .flatMap(name => readdirSync(join(folder, name)).map(file => join(folder, name, file)))
      .filter(file => !/agent$/.test(file) && readFileSync(file, 'utf8').includes('PRIVATE KEY'))
})
