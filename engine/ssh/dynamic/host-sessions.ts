import { createHash } from 'node:crypto'
import type { Call } from '../../api/call.ts'
import { Connection, type HostLogin } from './connection.ts'
import { Semaphore, type Ticket } from './semaphore.ts'

/** Concurrent sessions on one connection; sshd's default limit is ten. One is reserved for removals. */
const SESSIONS = { atOnce: 6, kept: 1, perShare: 5 }
/** Concurrent attempts to connect: hosts that do not answer must block neither other hosts nor removals. */
const HANDSHAKES = { atOnce: 256, kept: 64, perShare: 48 }
/** Milliseconds that a connection stays open after its last use. */
const IDLE = 5_000

/** A login that may share a connection with others. */
export interface SharedLogin extends HostLogin {
  /** The trusted host keys, as JSON. Only logins with the same trust share a connection. */
  readonly trust: string
}

/** The share of connections that a request counts against: that of its entity, or else of its token. */
export const shareOf = ({ mount, caller }: Pick<Call, 'mount' | 'caller'>): string =>
  JSON.stringify([mount.id, caller?.entity ?? caller?.accessor])

/** A pool of connections to hosts. */
export class HostSessions implements Disposable {
  readonly #hosts = new Map<string, Shared>()
  readonly #handshakes = new Semaphore(HANDSHAKES)

  /**
   * Runs `work` on a connection, which may be shared.
   * @param share the share that a new connection counts against; none for removals, which must not wait for requests
   * @throws {Refused} if there is no connection, else what `work` throws
   */
  async use<T>(
    login: SharedLogin,
    { share, work }: { readonly share?: string; work(connection: Connection): Promise<T> },
  ): Promise<T> {
    const shared = this.#shared(login)
    shared.users++
    clearTimeout(shared.idle)
    try {
      return await shared.sessions.use({ share }, async () =>
        work(await this.#opened(shared, { login, share })),
      )
    } finally {
      if (--shared.users === 0) this.#rest(shared, login)
    }
  }

  [Symbol.dispose](): void {
    for (const { connection, idle } of this.#hosts.values()) {
      clearTimeout(idle)
      connection?.[Symbol.dispose]()
    }
    this.#hosts.clear()
  }

  #shared(login: SharedLogin): Shared {
    const key = keyOf(login)
    const known = this.#hosts.get(key)
    if (known) return known
    const made: Shared = {
      users: 0,
      sessions: new Semaphore(SESSIONS),
      connection: undefined,
      opening: undefined,
      ticket: undefined,
      idle: undefined,
    }
    this.#hosts.set(key, made)
    return made
  }

  #opened(
    shared: Shared,
    { login, share }: { readonly login: SharedLogin; readonly share: string | undefined },
  ): Promise<Connection> {
    const { connection } = shared
    if (connection && !connection.closed) return Promise.resolve(connection)
    // a removal now waits for the queued attempt, so it must not wait for its share
    if (shared.ticket && share === undefined) this.#handshakes.hasten(shared.ticket)
    shared.ticket ??= { share }
    shared.opening ??= this.#handshakes
      .use(shared.ticket, () => Connection.open(login))
      .then(opened => {
        shared.connection = opened
        opened.sessions.onFull = most => shared.sessions.narrow(most)
        return opened
      })
      .finally(() => {
        shared.opening = undefined
        shared.ticket = undefined
      })
    return shared.opening
  }

  #rest(shared: Shared, login: SharedLogin): void {
    shared.idle = setTimeout(() => {
      this.#hosts.delete(keyOf(login))
      shared.connection?.[Symbol.dispose]()
    }, IDLE).unref()
  }
}

interface Shared {
  users: number
  readonly sessions: Semaphore
  connection: Connection | undefined
  opening: Promise<Connection> | undefined
  ticket: Ticket | undefined
  idle: NodeJS.Timeout | undefined
}

const keyOf = ({ address, port, user, keys, trust }: SharedLogin): string =>
  createHash('sha256')
    .update(JSON.stringify([address, port, user, keys, trust]))
    .digest('hex')
