import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type { Postgres } from '../support/postgres.ts'

const CLOCK_TICKS = 100

/** The processes of a PostgreSQL server: the first one, and one for each connection. */
export class DatabaseServer {
  readonly #pid: number

  private constructor(pid: number) {
    this.#pid = pid
  }

  static async of(postgres: Postgres): Promise<DatabaseServer> {
    const [row] = await postgres.ask("select pg_read_file('postmaster.pid') as lines")
    return new DatabaseServer(Number.parseInt(String(row?.lines), 10))
  }

  /** Keeps it, and the processes that it will start, on one core. */
  pin(core: number): void {
    for (const { pid } of this.#processes())
      execFileSync('taskset', ['-a', '-p', '-c', String(core), String(pid)], { stdio: 'ignore' })
  }

  /** Milliseconds of processor time that it has used so far, also in processes that have ended. */
  cpu(): number {
    let ticks = 0
    for (const { own, ended } of this.#processes()) ticks += own + ended
    return (ticks * 1000) / CLOCK_TICKS
  }

  #processes() {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(statOf)
      .filter(found => found !== undefined)
      .filter(({ pid, parent }) => pid === this.#pid || parent === this.#pid)
  }
}

/** From proc(5): ppid, utime and stime, cutime and cstime. */
function statOf(pid: string) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
      .map(Number)
    const [, parent = 0] = fields
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11)
    return { pid: Number(pid), parent, own: user + system, ended: endedUser + endedSystem }
  } catch {
    return undefined
  }
}
