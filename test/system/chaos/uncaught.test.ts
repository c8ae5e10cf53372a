import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')
const PROVOKE = join(import.meta.dirname, '../../support/provoke.cjs')

/** An engine that is not initialized, which errors can be provoked in. */
class Provoked implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'postern-uncaught-'))
  readonly child: ChildProcess
  log = ''
  url = ''

  static async start(): Promise<Provoked> {
    const engine = new Provoked()
    await engine.until(() => engine.url !== '')
    return engine
  }

  private constructor() {
    const file = join(this.#folder, 'engine.toml')
    const sealKey = join(this.#folder, 'seal.key')
    writeFileSync(sealKey, `${'ab'.repeat(32)}\n`, { mode: 0o600 })
    writeFileSync(
      file,
      `[listener]\naddress = "127.0.0.1:0"\ntls_disable = true\n[storage]\ntype = "sqlite"\npath = "${join(this.#folder, 'data')}"\n[seal]\ntype = "file"\npath = "${sealKey}"\n`,
      { mode: 0o600 },
    )
    const command = ['--require', PROVOKE, MAIN, 'server', `-config=${file}`]
    this.child = spawn(process.execPath, command, {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', part => {
        this.log += part
        this.url = /Api Address: (\S+)/.exec(this.log)?.[1] ?? ''
      })
  }

  async until(isSo: () => boolean): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      if (isSo()) return
      await wait(50)
    }
    throw new Error(`it does not come to that:\n${this.log}`)
  }

  async health(): Promise<number> {
    return (await fetch(`${this.url}/v1/sys/health`)).status
  }

  /** Initializes it, and gives what it then counts. */
  async counted(name: string): Promise<string | undefined> {
    const body = JSON.stringify({ recovery_shares: 1, recovery_threshold: 1 })
    const made = await fetch(`${this.url}/v1/sys/init`, { method: 'PUT', body })
    const { root_token: token } = (await made.json()) as { root_token: string }
    const headers = { 'X-Vault-Token': token }
    const answer = await fetch(`${this.url}/v1/sys/metrics?format=prometheus`, { headers })
    return (await answer.text()).split('\n').find(line => line.startsWith(`${name} `))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL')
      await once(this.child, 'exit')
    }
    rmSync(this.#folder, { recursive: true })
  }
}

describe('An error that was caught nowhere', function () {
  this.timeout(60_000)

  it('is logged and counted, and does not end the engine', async () => {
    await using engine = await Provoked.start()
    engine.child.kill('SIGUSR2')
    await engine.until(() => (engine.log.match(/uncaught error/g) ?? []).length === 2)
    expect(engine.log).to.include('thrown in a timer').and.to.include('awaited by nobody')
    expect(await engine.health()).to.equal(501)
    expect(await engine.counted('postern_uncaught_errors_total')).to.match(/ 2$/)
    expect(engine.child.exitCode).to.equal(null)
    engine.child.kill('SIGTERM')
    const [code] = await once(engine.child, 'close')
    expect(code).to.equal(0)
  })

  it('ends the engine when it comes from the storage', async () => {
    await using engine = await Provoked.start()
    // with all that it has said
    const ended = once(engine.child, 'close')
    engine.child.kill('SIGWINCH')
    expect((await ended)[0]).to.equal(1)
    expect(engine.log).to.include('the thread that writes to the database has ended')
    expect(engine.log).to.include('storage or seal failed')
  })
})
