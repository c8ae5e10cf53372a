import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Answer } from './test-engine.ts'

const MAIN = join(import.meta.dirname, '../../engine/main.ts')

interface Options {
  /** Whether it serves the page. */
  readonly ui?: boolean
  /** Lines for the end of the configuration. */
  readonly config?: string
  /** KiB that any file may grow to, in place of a full disk. */
  readonly fileLimit?: number
  readonly env?: Readonly<Record<string, string>>
}

/** A server in a process of its own, in memory, with a folder for its files. */
export class EngineProcess implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'postern-engine-'))
  readonly child: ChildProcess
  /** All that it printed and logged. */
  output = ''
  #url = ''
  #token = ''

  static async start(options: (folder: string) => Options = () => ({})): Promise<EngineProcess> {
    const engine = new EngineProcess(options)
    const started = once(engine.child, 'started')
    // with all that it has said
    const ended = once(engine.child, 'close').then(() => {
      throw new Error(`the engine does not start:\n${engine.output}`)
    })
    await Promise.race([started, ended])
    return engine
  }

  private constructor(options: (folder: string) => Options) {
    const { ui = false, config = '', fileLimit, env = {} } = options(this.folder)
    const file = join(this.folder, 'engine.toml')
    const listener = '[listener]\naddress = "127.0.0.1:0"\ntls_disable = true\n'
    writeFileSync(file, `log_level = "warn"\nui = ${ui}\n${listener}${config}`, { mode: 0o600 })
    const command = [process.execPath, MAIN, 'server', `-config=${file}`]
    const limit = fileLimit === undefined ? '' : `ulimit -f ${fileLimit};`
    this.child = spawn('bash', ['-c', `${limit} exec "$@"`, 'bash', ...command], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', part => {
        this.output += part
        const [, url] = /VAULT_ADDR='(\S+)'/.exec(this.output) ?? []
        const [, token] = /^Root Token: (\S+)\n/m.exec(this.output) ?? []
        if (this.#token !== '' || url === undefined || token === undefined) return
        this.#url = url
        this.#token = token
        this.child.emit('started')
      })
  }

  get url(): string {
    return this.#url
  }

  get token(): string {
    return this.#token
  }

  async ask(method: string, path: string, data?: object, token = this.#token): Promise<Answer> {
    const answer = await fetch(`${this.#url}/v1/${path}`, {
      method,
      headers: token === '' ? {} : { 'X-Vault-Token': token },
      ...(data && { body: JSON.stringify(data) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }

  post(path: string, data: object = {}, token?: string): Promise<Answer> {
    return this.ask('POST', path, data, token)
  }

  /** Mounts the SSH engine and makes a role. */
  async prepare(): Promise<void> {
    await this.post('sys/mounts/ssh', { type: 'ssh' })
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
    await this.post('ssh/roles/web', role)
  }

  /** Ends it. Gives the exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    const { child } = this
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal)
      await once(child, 'exit')
    }
    return child.exitCode ?? String(child.signalCode)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
    rmSync(this.folder, { recursive: true })
  }
}
