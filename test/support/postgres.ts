import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import type { Certificate } from './certificates.ts'
import { freePort } from './free-port.ts'

const DEBIAN = '/usr/lib/postgresql'

/** The server does not run as root. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

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

  /** @param tls certificate and key for connections with TLS; without them there are none */
  static async start(tls?: Certificate): Promise<Postgres> {
    const folder = mkdtempSync(join(tmpdir(), 'postern-postgres-'))
    if (NOBODY.uid !== undefined) chownSync(folder, NOBODY.uid, NOBODY.gid)
    chmodSync(folder, 0o700)
    const postgres = new Postgres(folder, await freePort())
    const words = ['-D', join(folder, 'data'), '-U', 'postern', '-A', 'trust', '-E', 'UTF8']
    execFileSync(program('initdb'), [...words, '--locale=C.UTF-8'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      ...NOBODY,
    })
    if (tls) postgres.#useTls(tls)
    await postgres.resume()
    return postgres
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
  async ask(text: string, url = this.url()): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
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
    this.#server = spawn(program('postgres'), ['-D', join(this.#folder, 'data'), ...options], {
      cwd: this.#folder,
      stdio: 'ignore',
      ...NOBODY,
    })
    for (let tries = 0; ; tries++) {
      const error = await this.ask('select 1').then(
        () => undefined,
        reason => reason,
      )
      if (!error) return
      if (tries > 200) throw error
      await setTimeout(50)
    }
  }

  /** Ends the server at once, as a crash would (`SIGQUIT`), or closing all connections first (`SIGINT`). */
  async stop(signal: 'SIGQUIT' | 'SIGINT' = 'SIGQUIT'): Promise<void> {
    if (!this.#server || this.#server.exitCode !== null) return
    const ended = once(this.#server, 'exit')
    this.#server.kill(signal)
    await ended
  }

  #useTls({ certFile, keyFile }: Certificate): void {
    const data = join(this.#folder, 'data')
    for (const [from, to] of [
      [certFile, 'server.crt'],
      [keyFile, 'server.key'],
    ] as const) {
      copyFileSync(from, join(data, to))
      chmodSync(join(data, to), 0o600)
      if (NOBODY.uid !== undefined) chownSync(join(data, to), NOBODY.uid, NOBODY.gid)
    }
    appendFileSync(join(data, 'postgresql.conf'), 'ssl = on\n')
  }

  async [Symbol.asyncDispose]() {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Where a program of PostgreSQL is: Debian has it in no folder that is searched. */
function program(name: string): string {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...(existsSync(DEBIAN)
      ? readdirSync(DEBIAN)
          .toSorted((a, b) => Number(b) - Number(a))
          .map(version => join(DEBIAN, version, 'bin'))
      : []),
  ]
  const found = folders.map(folder => join(folder, name)).find(existsSync)
  if (!found)
    throw new Error(`${name} is missing: install PostgreSQL, on Debian: apt-get install postgresql`)
  return found
}
