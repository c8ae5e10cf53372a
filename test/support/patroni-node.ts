import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { request } from 'undici'
import { askPostgres } from './ask-postgres.ts'
import { freePort } from './free-port.ts'
import { Link } from './link.ts'
import { patroniSettings } from './patroni-settings.ts'
import { postgresProgram } from './postgres-program.ts'
import { signalTree } from './process-tree.ts'
import { giveAway, UNPRIVILEGED, unprivilegedFolder } from './unprivileged.ts'

/** Tries of {@link POLL} milliseconds until a node must have done what it is waited for. */
const TRIES = 1200
const POLL = 50

/** Milliseconds that Patroni has to answer. */
const MOMENT = 2000

/** What Patroni says of a member of its cluster. */
export interface Member {
  readonly name: string
  readonly role: string
  readonly state: string
  readonly timeline?: number
  readonly lag?: number | 'unknown'
}

/** One node: Patroni, and the PostgreSQL that it runs. It reaches etcd, and the others reach its PostgreSQL, by links of its own. */
export class PatroniNode implements AsyncDisposable {
  readonly name: string
  readonly #folder = unprivilegedFolder('postern-patroni-')
  readonly #toEtcd: Link
  readonly #fromOthers: Link
  readonly #port: number
  readonly #api: number
  #patroni: ChildProcess | undefined
  /** What Patroni has logged. */
  log = ''

  private constructor(
    name: string,
    links: readonly [Link, Link],
    ports: readonly [number, number],
  ) {
    this.name = name
    ;[this.#toEtcd, this.#fromOthers] = links
    ;[this.#port, this.#api] = ports
  }

  static async make(name: string, etcd: string): Promise<PatroniNode> {
    const [port, api] = [await freePort(), await freePort()]
    const links = [await Link.to(etcd), await Link.to(`postgresql://127.0.0.1:${port}/`)] as const
    return new PatroniNode(name, links, [port, api])
  }

  /** Where its PostgreSQL listens; no link is between. */
  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** Starts Patroni, which starts PostgreSQL, with what it had. */
  start(): void {
    const file = join(this.#folder, 'patroni.yml')
    const settings = patroniSettings({
      name: this.name,
      folder: this.#folder,
      programs: dirname(realpathSync(postgresProgram('postgres'))),
      api: `127.0.0.1:${this.#api}`,
      etcd: `127.0.0.1:${this.#toEtcd.port}`,
      listen: this.address,
      connect: `127.0.0.1:${this.#fromOthers.port}`,
    })
    // JSON is YAML
    writeFileSync(file, JSON.stringify(settings))
    giveAway(file)
    const patroni = spawn('patroni', [file], { cwd: this.#folder, ...UNPRIVILEGED })
    for (const stream of [patroni.stdout, patroni.stderr])
      stream.setEncoding('utf8').on('data', text => {
        this.log += text
      })
    this.#patroni = patroni
  }

  /** Whether Patroni runs, stopped or not. */
  get isRunning(): boolean {
    return this.#patroni?.exitCode === null && this.#patroni.signalCode === null
  }

  /** Whether Patroni has had PostgreSQL forget what only this node had. */
  get wasRewound(): boolean {
    return this.log.includes('running pg_rewind')
  }

  /** The members as this node sees them; none if it does not answer. */
  async members(): Promise<readonly Member[]> {
    const signal = AbortSignal.timeout(MOMENT)
    const answer = await this.#request('GET', '/cluster', { signal }).catch(() => undefined)
    return answer?.status === 200 ? (JSON.parse(answer.text) as { members: Member[] }).members : []
  }

  /** Whether its PostgreSQL takes writes; not if it does not answer. */
  takesWrites(): Promise<boolean> {
    return this.#ask('show transaction_read_only').then(
      ([row]) => row?.transaction_read_only === 'off',
      () => false,
    )
  }

  /** Waits until its PostgreSQL takes no writes. */
  demoted(): Promise<void> {
    return this.#until('a demotion', async () => !(await this.takesWrites()))
  }

  /** Waits until its PostgreSQL has made a commit, which a standby has. */
  commits(): Promise<void> {
    return this.#until('a commit', () =>
      this.#ask("select pg_logical_emit_message(true, '', '')").then(
        () => true,
        () => false,
      ),
    )
  }

  /** Has Patroni hand over from this node to another, which it waits for. @throws if it does not */
  async switchTo({ name }: PatroniNode): Promise<void> {
    const { status, text } = await this.#request('POST', '/switchover', {
      body: JSON.stringify({ leader: this.name, candidate: name }),
    })
    if (status !== 200) throw new Error(`${status} ${text}`)
  }

  /** Kills PostgreSQL with all its processes; Patroni goes on. */
  killPostgres(): void {
    const pid = this.#postmaster
    if (pid !== undefined) signalTree(pid, 'SIGKILL')
  }

  /** Kills Patroni and PostgreSQL, as the loss of the machine does. */
  async kill(): Promise<void> {
    const patroni = this.#patroni
    if (patroni?.pid && this.isRunning) {
      const ended = once(patroni, 'exit')
      signalTree(patroni.pid, 'SIGKILL')
      await ended
    }
    this.killPostgres()
  }

  /** Stops Patroni where it is; PostgreSQL goes on. */
  pausePatroni(): void {
    this.#patroni?.kill('SIGSTOP')
  }

  continuePatroni(): void {
    this.#patroni?.kill('SIGCONT')
  }

  /** Cuts it off from etcd and from the other nodes, but not from clients of its PostgreSQL. */
  cut(): void {
    for (const link of [this.#toEtcd, this.#fromOthers]) link.cut()
  }

  mend(): void {
    for (const link of [this.#toEtcd, this.#fromOthers]) link.mend()
  }

  async [Symbol.asyncDispose]() {
    await this.kill()
    for (const link of [this.#toEtcd, this.#fromOthers]) link[Symbol.dispose]()
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20 })
  }

  get #postmaster(): number | undefined {
    const file = join(this.#folder, 'data/postmaster.pid')
    const [pid] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
    const isRunning = pid !== undefined && isPostgres(Number(pid))
    return isRunning ? Number(pid) : undefined
  }

  #ask(text: string) {
    return askPostgres(`postgresql://postern@${this.address}/postgres`, text)
  }

  async #until(wanted: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await isSo()); tries++) {
      if (tries === TRIES) throw new Error(`${wanted} of ${this.name} does not come:\n${this.log}`)
      await setTimeout(POLL)
    }
  }

  async #request(
    method: 'GET' | 'POST',
    path: string,
    more: { body?: string; signal?: AbortSignal },
  ) {
    const url = `http://127.0.0.1:${this.#api}${path}`
    const { statusCode, body } = await request(url, { method, ...more })
    return { status: statusCode, text: await body.text() }
  }
}

/** A process id in a file may be that of another program by now. */
function isPostgres(pid: number): boolean {
  const file = `/proc/${pid}/comm`
  return existsSync(file) && readFileSync(file, 'utf8').trim() === 'postgres'
}
