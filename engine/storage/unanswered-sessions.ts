import { setTimeout as wait } from 'node:timers/promises'
import { STILL_ACTIVE } from './postgres-statements.ts'

/** Milliseconds between two checks, and until the next if the server could not be asked. */
const PAUSE = 1000
const RETRY = 250

/** A backend of the server, by its process id and when it was started: ids are used again. */
export interface Backend {
  readonly pid: number
  /** Null if the server does not say. */
  readonly started: string | null
}

/** A session with the server. */
interface Session {
  on(event: 'error', listener: () => void): unknown
}

/** A session of a pool, which has one statement at a time. */
interface PooledSession extends Session {
  /** `drain`: the statement has ended. */
  once(event: 'drain', listener: () => void): unknown
  /** Returns the session to its pool. */
  release(closes: true): void
}

/** A session outside of the pool. */
interface SessionAside {
  query<R extends object>(text: string, values: unknown[]): Promise<{ readonly rows: readonly R[] }>
  end(): Promise<void>
}

const backends = new WeakMap<Session, Backend>()
const lost = new WeakSet<Session>()

/** Records which backend serves a session. */
export function noteBackend(client: Session, backend: Backend): void {
  backends.set(client, backend)
}

/** Records from now on if the connection of a session is lost. */
export function noteLoss(client: Session): void {
  client.on('error', () => lost.add(client))
}

/** Whether the connection of a session is lost. Its backend may still run a statement. */
export const isLost = (client: Session): boolean => lost.has(client)

/**
 * The sessions of a pool whose answer did not come, in time or because the connection was lost. Each counts as one of the pool's connections until its
 * backend has finished the statement: a commit that waits for a standby occupies a backend for as long as the standby is away, whether or not
 * anyone still listens, and replacing it each time would use up all connections of the server. It is neither cancelled nor terminated: both
 * would make a commit visible that no standby has.
 */
export class UnansweredSessions implements Disposable {
  readonly #connect: () => Promise<SessionAside>
  readonly #sessions = new Set<PooledSession>()
  readonly #stop = new AbortController()
  #isWatching = false

  /** @param connect opens a session with the same server */
  constructor(connect: () => Promise<SessionAside>) {
    this.#connect = connect
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Releases the session to its pool, which closes it, when its backend runs no statement any more. */
  keep(client: PooledSession): void {
    this.#sessions.add(client)
    // the result has arrived after all
    client.once('drain', () => this.#release(client))
    void this.#watch(isLost(client) ? RETRY : PAUSE)
  }

  [Symbol.dispose]() {
    this.#stop.abort()
    for (const client of this.#sessions) this.#release(client)
  }

  #release(client: PooledSession): void {
    if (this.#sessions.delete(client)) client.release(true)
  }

  async #watch(first: number): Promise<void> {
    if (this.#isWatching) return
    this.#isWatching = true
    const { signal } = this.#stop
    let pause = first
    while (this.#sessions.size > 0 && !signal.aborted) {
      await wait(pause, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted) break
      const asked = [...this.#sessions]
      // if the server does not answer, its backends may still be busy
      const active = await this.#active(asked).catch(() => undefined)
      pause = active ? PAUSE : RETRY
      if (active) for (const client of asked) if (!isAmong(active, client)) this.#release(client)
    }
    this.#isWatching = false
  }

  /** The backends with the process ids of the sessions that run a statement. */
  async #active(sessions: readonly PooledSession[]): Promise<readonly Backend[]> {
    const client = await this.#connect()
    try {
      const pids = sessions.map(session => backends.get(session)?.pid)
      return (await client.query<Backend>(STILL_ACTIVE, [pids])).rows
    } finally {
      client.end().catch(() => undefined)
    }
  }
}

/** Whether the backend of a session is in the list, and not another one with its process id, on a server that was restarted or has taken over. */
function isAmong(active: readonly Backend[], client: Session): boolean {
  const own = backends.get(client)
  return active.some(({ pid, started }) => pid === own?.pid && started === own.started)
}
