import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { type Certificate, certificateAuthority } from '../../support/certificates.ts'
import { Postgres } from '../../support/postgres.ts'
import { until } from '../../support/until.ts'
import { type Answer, ROLE } from './cluster.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

const QUOTA = 'sys/quotas/rate-limit/tests'

/** An engine with several workers and TLS, on a PostgreSQL server of its own, with a folder for its files. */
export class WorkerEngine implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'postern-workers-'))
  readonly authority = certificateAuthority(join(this.folder, 'ca'))
  readonly postgres: Postgres
  /** What it printed, and what it logged. */
  stdout = ''
  stderr = ''
  token = ''
  #process: ChildProcess | undefined
  #closed: Promise<unknown> = Promise.resolve()
  #url = ''

  private constructor(postgres: Postgres) {
    this.postgres = postgres
  }

  /** @param program the words that start the engine; those of the sources when left out */
  static async start(
    workers: number,
    program: readonly string[] = [process.execPath, MAIN],
  ): Promise<WorkerEngine> {
    const engine = new WorkerEngine(await Postgres.start())
    try {
      engine.#configure(workers, await engine.postgres.database())
      await engine.#run(program)
      const { body } = await engine.ask('POST', 'sys/init', {})
      engine.token = body.root_token
      await engine.ready(workers)
      return engine
    } catch (error) {
      await engine[Symbol.asyncDispose]()
      throw error
    }
  }

  get url(): string {
    return this.#url
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** Process ids of the workers that are there now, as the system tells. */
  get workers(): readonly number[] {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name) && parentOf(name) === this.pid)
      .map(Number)
      .toSorted((a, b) => a - b)
  }

  get auditFiles(): readonly string[] {
    return ['audit.log', 'audit-2.log'].map(name => join(this.folder, name))
  }

  /** Gives it another certificate; it has to be told. */
  certify(): Certificate {
    const certificate = this.authority.issue({ addresses: ['127.0.0.1'] })
    for (const [from, to] of [
      [certificate.certFile, 'engine.crt'],
      [certificate.keyFile, 'engine.key'],
    ] as const)
      writeFileSync(join(this.folder, to), readFileSync(from), { mode: 0o600 })
    return certificate
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }

  /** Waits until it has ended, and all that it has said has come. Gives the exit code. */
  async ended(): Promise<number | null> {
    await this.#closed
    return this.#process?.exitCode ?? null
  }

  /** Waits until something is so. @throws {Error} with what it has said */
  until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    return until(isSo, () => this.stdout + this.stderr)
  }

  /** Waits until so many workers have logged that they serve, and every one of them is unsealed. */
  async ready(starts: number): Promise<void> {
    await this.until(() => [...this.stderr.matchAll(/"server started"/g)].length >= starts)
    // the highest of all workers is shown; they unseal themselves within a second of the first
    await this.until(async () => {
      const { body } = await this.ask('GET', 'sys/metrics').catch(() => ({ body: '' }))
      return /^postern_sealed 0$/m.test(body)
    })
  }

  /** Asks on a connection of its own, unless given one. @throws if it does not answer */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    data?: object,
    { token = this.token, agent }: { readonly token?: string; readonly agent?: Agent } = {},
  ): Promise<Answer> {
    const own = agent ?? this.connection()
    try {
      const { statusCode, body } = await request(`${this.#url}/v1/${path}`, {
        method,
        dispatcher: own,
        headers: token === '' ? {} : { 'X-Vault-Token': token },
        body: data ? JSON.stringify(data) : null,
      })
      const text = await body.text()
      const isJson = text.startsWith('{')
      return { status: statusCode, body: isJson ? JSON.parse(text) : text }
    } finally {
      if (!agent) await own.close()
    }
  }

  /** One connection, which is kept. */
  connection(): Agent {
    return new Agent({
      connections: 1,
      connect: { ca: readFileSync(this.authority.caFile, 'utf8') },
    })
  }

  /** Mounts `ssh/` with a role `web`, and lets this one source make mistakes by the hundred. */
  async prepare(): Promise<void> {
    const write = () => this.ask('POST', QUOTA, { rate: 1e9 })
    // a worker that has written it heeds it, and each has an audit log of its own
    await this.until(async () => {
      await Promise.all(Array.from({ length: 4 }, write))
      return this.auditFiles.every(file => readFileSync(file, 'utf8').includes(QUOTA))
    })
    await this.ask('POST', 'sys/mounts/ssh', { type: 'ssh' })
    await this.ask('POST', 'ssh/roles/web', ROLE)
  }

  async issue(agent?: Agent): Promise<string> {
    const { body } = await this.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' }, agent && { agent })
    return body.data.key
  }

  verify(otp: string): Promise<Answer> {
    return this.ask('POST', 'ssh/verify', { otp }, { token: '' })
  }

  #configure(workers: number, database: string): void {
    const key = join(this.folder, 'seal.key')
    writeFileSync(key, randomBytes(32).toString('hex'), { mode: 0o600 })
    this.certify()
    const file = `
ui = true
workers = ${workers}
[listener]
address = "127.0.0.1:0"
tls_cert_file = "${join(this.folder, 'engine.crt')}"
tls_key_file = "${join(this.folder, 'engine.key')}"
[storage]
type = "postgresql"
cluster_id = "new"
connection_url = "${database}"
max_parallel = 8
[seal]
type = "file"
path = "${key}"
[[audit]]
file_path = "${join(this.folder, 'audit.log')}"
`
    writeFileSync(join(this.folder, 'engine.toml'), file, { mode: 0o600 })
  }

  async #run([program = '', ...words]: readonly string[]): Promise<void> {
    const config = `-config=${join(this.folder, 'engine.toml')}`
    const child = spawn(program, [...words, 'server', config])
    this.#process = child
    child.stdout.setEncoding('utf8').on('data', text => {
      this.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      this.stderr += text
    })
    this.#closed = once(child, 'close')
    await this.until(() => /server started!/.test(this.stdout) || child.exitCode !== null)
    this.#url = `https://${/addr: "(.*?)"/.exec(this.stdout)?.[1]}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const workers = this.workers
    this.signal('SIGKILL')
    await this.ended()
    await this.until(() => workers.every(pid => !existsSync(`/proc/${pid}`)))
    await this.postgres[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true })
  }
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    // it has ended since the folder was read
    return 0
  }
}
