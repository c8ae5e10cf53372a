import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { Link } from '../../support/link.ts'
import { Postgres } from '../../support/postgres.ts'
import { until } from '../../support/until.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

/** An answer as tests look at it. */
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read replies of every shape
  readonly body: any
}

/** Several engines, each a process of its own, on one database of a PostgreSQL server of their own. */
export class Cluster {
  readonly postgres: Postgres
  readonly database: string
  readonly nodes: readonly Node[]
  /** How each node reaches the database. */
  readonly links: readonly Link[]
  /** Shares of the recovery key, if it was started with a quorum. */
  recoveryKeys: readonly string[] = []
  readonly #folder: string

  private constructor(postgres: Postgres, database: string, links: readonly Link[]) {
    this.postgres = postgres
    this.database = database
    this.links = links
    this.#folder = mkdtempSync(join(tmpdir(), 'postern-cluster-'))
    const keys = join(this.#folder, 'seal.key')
    writeFileSync(keys, randomBytes(32).toString('hex'), { mode: 0o600 })
    this.nodes = links.map((link, index) => {
      const file = join(this.#folder, `engine-${index}.toml`)
      writeFileSync(file, engineConfig(link.through(database), keys), { mode: 0o600 })
      return new Node(file)
    })
  }

  /** Starts the nodes at the same time, and mounts `ssh/` with a role `web`. */
  static async start(nodes: number, quorum: object = {}): Promise<Cluster> {
    const postgres = await Postgres.start()
    const database = await postgres.database()
    const links = await Promise.all(Array.from({ length: nodes }, () => Link.to(database)))
    const cluster = new Cluster(postgres, database, links)
    try {
      cluster.recoveryKeys = await initialize(cluster.nodes, quorum)
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  node(index: number): Node {
    const node = this.nodes[index]
    if (!node) throw new Error(`there is no node ${index}`)
    return node
  }

  async [Symbol.asyncDispose]() {
    await Promise.all(this.nodes.map(node => node.stop('SIGKILL')))
    for (const link of this.links) link[Symbol.dispose]()
    await this.postgres[Symbol.asyncDispose]()
    rmSync(this.#folder, { recursive: true })
  }
}

/** Starts the nodes at the same time, and mounts `ssh/` with a role `web`. Gives the shares of the recovery key. */
export async function initialize(nodes: readonly Node[], quorum = {}): Promise<readonly string[]> {
  await Promise.all(nodes.map(node => node.start()))
  const [first] = nodes
  if (!first) throw new Error('there are no nodes')
  const founding = await first.must('POST', 'sys/init', quorum)
  for (const node of nodes) {
    node.token = founding.root_token
    await node.ready()
  }
  // these tests are one source that makes mistakes by the thousand
  for (const node of nodes) await node.must('POST', 'sys/quotas/rate-limit/tests', { rate: 1e9 })
  await first.must('POST', 'sys/mounts/ssh', { type: 'ssh' })
  await first.must('POST', 'ssh/roles/web', ROLE)
  return founding.recovery_keys ?? []
}

export const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }

/** One engine. */
export class Node {
  readonly #config: string
  readonly #program: readonly string[]
  readonly #agent = new Agent({ connections: 128 })
  #process: ChildProcess | undefined
  #url = ''
  /** What it has logged since it was started. */
  log = ''
  token = ''
  /** Variables that it is started with, besides those of this process. */
  env: Readonly<Record<string, string>> = {}

  /** @param program the words that start the engine; those of the sources when left out */
  constructor(config: string, program: readonly string[] = [process.execPath, MAIN]) {
    this.#config = config
    this.#program = program
  }

  /** Starts it and waits until it listens. */
  async start(): Promise<void> {
    const [program = '', ...words] = this.#program
    const child = spawn(program, [...words, 'server', `-config=${this.#config}`], {
      env: { ...process.env, ...this.env },
    })
    this.#process = child
    this.log = ''
    let banner = ''
    const started = Promise.withResolvers<void>()
    child.stdout.setEncoding('utf8').on('data', text => {
      banner += text
      if (/server started!/.test(banner)) started.resolve()
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      this.log += text
    })
    // with all that it has said
    child.once('close', code =>
      started.reject(new Error(`the engine ended with ${code}:\n${banner}${this.log}`)),
    )
    const slow = AbortSignal.timeout(20_000)
    slow.onabort = () => started.reject(new Error(`the engine does not start:\n${this.log}`))
    await started.promise
    this.#url = `http://${/addr: "(.*?)"/.exec(banner)?.[1]}`
  }

  /** Waits until it serves requests. */
  async ready(): Promise<void> {
    await this.healthIs(200)
  }

  /** Waits until it answers its health so. */
  async healthIs(status: number): Promise<void> {
    const isSo = () =>
      this.ask('GET', 'sys/health').then(
        answer => answer.status === status,
        () => false,
      )
    await until(isSo, () => `the engine does not answer sys/health with ${status}:\n${this.log}`)
  }

  /** Waits until it has logged that: what it writes may come later than what it answers. */
  async logs(text: string): Promise<void> {
    await until(
      () => this.log.includes(text),
      () => `the engine does not log "${text}":\n${this.log}`,
    )
  }

  get isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null
  }

  /** 0 before its first start. */
  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** Sends it a signal, and does not wait for what that leads to. */
  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name)
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!this.isRunning || !this.#process) return
    const ended = once(this.#process, 'exit')
    this.#process.kill(signal)
    await ended
  }

  /** @throws if it does not answer */
  async ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    data?: object,
    token = this.token,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const { statusCode, body } = await request(`${this.#url}/v1/${path}`, {
      method,
      dispatcher: this.#agent,
      headers: token === '' ? {} : { 'X-Vault-Token': token },
      body: data ? JSON.stringify(data) : null,
      signal: signal ?? null,
    })
    const text = await body.text()
    return { status: statusCode, body: text === '' ? undefined : JSON.parse(text) }
  }

  /** What is answered as text. */
  async text(path: string): Promise<string> {
    const { body } = await request(`${this.#url}/v1/${path}`, {
      dispatcher: this.#agent,
      headers: { 'X-Vault-Token': this.token },
    })
    return body.text()
  }

  /** The same; gives the body. @throws if it refuses */
  async must(...[method, path, data, token]: Parameters<Node['ask']>): Promise<Answer['body']> {
    const { status, body } = await this.ask(method, path, data, token)
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`)
    return body
  }

  /** A new password, and its lease. */
  async issue(token?: string): Promise<{ otp: string; lease: string }> {
    const body = await this.must('POST', 'ssh/creds/web', { ip: '10.1.2.3' }, token)
    return { otp: body.data.key, lease: body.lease_id }
  }

  verify(otp: string): Promise<Answer> {
    return this.ask('POST', 'ssh/verify', { otp }, '')
  }
}

/** The configuration of an engine. @param keys file with the seal key */
export const engineConfig = (database: string, keys: string): string => `
[listener]
address = "127.0.0.1:0"
tls_disable = true

[storage]
type = "postgresql"
cluster_id = "new"
connection_url = "${database}"
max_parallel = 12

[seal]
type = "file"
path = "${keys}"
`
