import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Answer } from './test-engine.ts'

const PROGRAM = join(import.meta.dirname, '../../dist/postern')
const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8', ttl: '10m' }

/** A password that was handed out, and its lease. */
export interface Issued {
  readonly otp: string
  readonly lease: string
}

/** The built engine on a store that lasts, which unseals itself and writes everything down. It can be killed and started again. */
export class ChaosEngine implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'postern-chaos-'))
  #child: ChildProcess | undefined
  #url = ''
  #token = ''
  /** Name of the host that it is started on next, as a container has one of its own; that of this machine when empty. */
  host = ''
  /** All that it logged, in all of its lives. */
  log = ''

  /** Starts one, initialized, with an SSH engine and a role. */
  static async start(): Promise<ChaosEngine> {
    const engine = new ChaosEngine()
    execFileSync(PROGRAM, ['operator', 'generate-seal-key', join(engine.folder, 'seal.key')])
    await engine.begin()
    const made = await engine.ask('PUT', 'sys/init', { recovery_shares: 1, recovery_threshold: 1 })
    engine.#token = made.body.root_token
    await engine.ask('POST', 'sys/mounts/ssh', { type: 'ssh' })
    await engine.ask('POST', 'ssh/roles/web', ROLE)
    // tests use passwords twice on purpose, which counts as guessing
    const quota = { path: 'ssh/verify', rate: 1_000_000 }
    await engine.ask('POST', 'sys/quotas/rate-limit/tests', quota)
    return engine
  }

  get database(): string {
    return join(this.folder, 'data')
  }

  get auditFile(): string {
    return join(this.folder, 'audit.log')
  }

  /** Starts the program, and waits until it listens. @param audit tables of its configuration; a file when left out */
  async begin(audit = `[[audit]]\nfile_path = "${this.auditFile}"\n`): Promise<void> {
    const config = join(this.folder, 'engine.toml')
    writeFileSync(
      config,
      `log_level = "info"
[listener]
address = "127.0.0.1:0"
tls_disable = true
[storage]
type = "sqlite"
path = "${this.database}"
[seal]
type = "file"
path = "${join(this.folder, 'seal.key')}"
${audit}`,
      { mode: 0o600 },
    )
    const command = [...this.#onHost(), PROGRAM, 'server', `-config=${config}`]
    const child = spawn(command[0] ?? PROGRAM, command.slice(1), {
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const ready = Promise.withResolvers<string>()
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        this.log += text
        const [, url] = /Api Address: (\S+)/.exec(output) ?? []
        if (url !== undefined && output.includes('server started')) ready.resolve(url)
      })
    // with all that it has said
    child.once('close', code => ready.reject(new Error(`ended with ${code}:\n${output}`)))
    const late = setTimeout(() => ready.reject(new Error(`is not ready:\n${output}`)), 20_000)
    try {
      this.#url = await ready.promise
    } finally {
      clearTimeout(late)
    }
  }

  #onHost(): readonly string[] {
    if (this.host === '') return []
    return [
      '/usr/bin/unshare',
      '--uts',
      '/bin/sh',
      '-c',
      'PATH=/bin; hostname "$0"; exec "$@"',
      this.host,
    ]
  }

  /** Kills it in the middle of whatever it is doing. */
  kill = (): Promise<void> => this.#end('SIGKILL')

  /** Has it finish what it does, and end. */
  stop = (): Promise<void> => this.#end('SIGTERM')

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  async ask(method: string, path: string, data?: object): Promise<Answer> {
    const answer = await fetch(`${this.#url}/v1/${path}`, {
      method,
      headers: this.#token === '' ? {} : { 'X-Vault-Token': this.#token },
      ...(data && { body: JSON.stringify(data) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }

  async issue(): Promise<Issued> {
    const { status, body } = await this.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })
    if (status !== 200) throw new Error(`creds: ${status} ${JSON.stringify(body)}`)
    return { otp: body.data.key, lease: body.lease_id }
  }

  /** The status of the answer. */
  verify = async (otp: string): Promise<number> =>
    (await this.ask('POST', 'ssh/verify', { otp })).status

  /** Names of files that hold one of the texts; files of the engine and what it logged. */
  filesWith(texts: readonly string[]): readonly string[] {
    const files = readdirSync(this.folder, { recursive: true, encoding: 'utf8' })
      .map(name => join(this.folder, name))
      .filter(file => statSync(file).isFile())
    const found = files.filter(file => {
      const bytes = readFileSync(file).toString('latin1')
      return texts.some(text => bytes.includes(text))
    })
    return texts.some(text => this.log.includes(text)) ? [...found, 'its log'] : found
  }

  /** What `postern audit verify` says of the audit log. */
  verifyAudit(): string {
    return execFileSync(PROGRAM, ['audit', 'verify', this.auditFile], { encoding: 'utf8' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
