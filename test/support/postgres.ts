import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askPostgres } from './ask-postgres.ts'
import type { Certificate } from './certificates.ts'
import { freePort } from './free-port.ts'
import { postgresProgram } from './postgres-program.ts'
import { hasEnded, signalTree } from './process-tree.ts'
import { giveAway, UNPRIVILEGED, unprivilegedFolder } from './unprivileged.ts'
import { until } from './until.ts'

/** Milliseconds to connect, also on a machine that stands still for a while. */
const CONNECT = 20_000

/** A PostgreSQL server of its own, in a throw-away folder, that syncs to the disk as one that is meant. */
export class Postgres {
  readonly #folder: string
  readonly #port: number
  #server: ChildProcess | undefined
  #databases = 0

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
  }

  /**
   * @param tls certificate and key for connections with TLS; without them there are none
   * @param settings lines for the end of postgresql.conf
   */
  static async start(tls?: Certificate, settings: readonly string[] = []): Promise<Postgres> {
    const postgres = await Postgres.#make()
    const words = ['-U', 'postern', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
    postgres.run('initdb', ['-D', postgres.#data, ...words])
    if (tls) postgres.#useTls(tls)
    postgres.#append(settings)
    await postgres.resume()
    return postgres
  }

  /** A standby of another server, which begins with a copy of its data. @param connection the port to copy by, and the slot to make there */
  static async follow(connection: { readonly port: number; readonly slot: string }) {
    const postgres = await Postgres.#make()
    const from = ['-h', '127.0.0.1', '-p', String(connection.port), '-U', 'postern']
    const words = ['--checkpoint=fast', '--no-sync', '--create-slot', `--slot=${connection.slot}`]
    postgres.run('pg_basebackup', ['-D', postgres.#data, ...from, ...words])
    postgres.becomeStandby()
    await postgres.resume()
    return postgres
  }

  static async #make(): Promise<Postgres> {
    return new Postgres(unprivilegedFolder('postern-postgres-'), await freePort())
  }

  get port(): number {
    return this.#port
  }

  get #data(): string {
    return join(this.#folder, 'data')
  }

  /** URL of a database, with settings for the connection. */
  url(name = 'postgres', settings = ''): string {
    return `postgresql://postern@127.0.0.1:${this.#port}/${name}${settings}`
  }

  /** A new, empty database; gives its URL. */
  async database(): Promise<string> {
    const name = `test${++this.#databases}`
    await this.ask(`create database ${name}`)
    return this.url(name)
  }

  /** Asks the server something, on a connection of its own. */
  ask(text: string, url = this.url()): Promise<readonly Record<string, unknown>[]> {
    return askPostgres(url, text, CONNECT)
  }

  /** Starts the server again, and waits until it answers. */
  async resume(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: this.#port,
      unix_socket_directories: '',
      max_connections: 200,
      log_min_messages: 'fatal',
    }
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    this.#server = spawn(postgresProgram('postgres'), ['-D', this.#data, ...options], {
      cwd: this.#folder,
      stdio: 'ignore',
      ...UNPRIVILEGED,
    })
    let error: unknown
    const answers = () =>
      this.ask('select 1').then(
        () => true,
        reason => {
          if (!this.#isRunning) throw new Error('PostgreSQL does not start', { cause: reason })
          error = reason
          return false
        },
      )
    await until(answers, () => String(error))
  }

  get #isRunning(): boolean {
    return this.#server?.exitCode === null && this.#server.signalCode === null
  }

  /** Ends the server at once, as a crash would (`SIGQUIT`), or closing all connections first (`SIGINT`). */
  async stop(signal: 'SIGQUIT' | 'SIGINT' = 'SIGQUIT'): Promise<void> {
    if (!this.#server || !this.#isRunning) return
    const ended = once(this.#server, 'exit')
    this.#server.kill(signal)
    await ended
  }

  /** Ends the server and all its processes at once, without a word to anybody, whether or not it is paused. */
  async kill(): Promise<void> {
    const server = this.#server
    if (!server?.pid || !this.#isRunning) return
    const ended = once(server, 'exit')
    const all = signalTree(server.pid, 'SIGKILL')
    await ended
    // while one of its processes is left, it cannot be started again
    await until(() => all.every(hasEnded))
  }

  /** Stops all its processes where they are: connections stay, and nothing answers. */
  pause(): void {
    if (this.#server?.pid) signalTree(this.#server.pid, 'SIGSTOP')
  }

  /** Has all its processes go on. */
  continue(): void {
    if (this.#server?.pid) signalTree(this.#server.pid, 'SIGCONT')
  }

  /** Begins as a standby when it is started next. */
  becomeStandby(): void {
    const file = join(this.#data, 'standby.signal')
    writeFileSync(file, '')
    giveAway(file)
  }

  /** Takes over what another server has, and forgets what only this one has. It is stopped, and `wal_log_hints` is on. */
  rewindTo(port: number): void {
    const source = `host=127.0.0.1 port=${port} user=postern dbname=postgres`
    const words = ['--source-server', source, '--no-sync']
    this.run('pg_rewind', ['--target-pgdata', this.#data, ...words])
  }

  /** Runs a program of PostgreSQL to its end. @throws if it fails, with what it said */
  run(name: string, words: readonly string[]): void {
    execFileSync(postgresProgram(name), words, {
      cwd: this.#folder,
      stdio: 'pipe',
      ...UNPRIVILEGED,
    })
  }

  #useTls({ certFile, keyFile }: Certificate): void {
    for (const [from, to] of [
      [certFile, 'server.crt'],
      [keyFile, 'server.key'],
    ] as const) {
      copyFileSync(from, join(this.#data, to))
      chmodSync(join(this.#data, to), 0o600)
      giveAway(join(this.#data, to))
    }
    this.#append(['ssl = on'])
  }

  #append(settings: readonly string[]): void {
    for (const line of settings) appendFileSync(join(this.#data, 'postgresql.conf'), `${line}\n`)
  }

  async [Symbol.asyncDispose]() {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20 })
  }
}
