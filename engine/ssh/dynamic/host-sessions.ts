import { createHash } from 'node:crypto'
import type { Call } from '../../api/call.ts'
import { Connection, type HostLogin } from './connection.ts'
import { Semaphore, type Ticket } from './semaphore.ts'

/** Sessions on one connection at the same time; sshd allows ten unless told otherwise. A removal does not wait for installations. */
const SESSIONS = { atOnce: 6, kept: 1, perShare: 5 }
/** Connections that are being made at the same time: hosts that say nothing must not keep others from being reached, nor keys from being removed. */
const HANDSHAKES = { atOnce: 256, kept: 64, perShare: 48 }
/** Milliseconds that a connection stays open after its last use. */
const IDLE = 5_000

/** A login and the name of all that its connection depends on: who gets in with what, and which host keys are trusted. */
export interface SharedLogin extends HostLogin {
  readonly trust: string
}

/** The share of the connections that a request may have made for it: its caller's, whatever tokens that has. */
export const shareOf = ({ mount, caller }: Pick<Call, 'mount' | 'caller'>): string =>
  JSON.stringify([mount.id, caller?.entity ?? caller?.accessor])

/** Connections to hosts. One that was used a moment ago is used again. */
export class HostSessions implements Disposable {
  readonly #hosts = new Map<string, Shared>()
  readonly #handshakes = new Semaphore(HANDSHAKES)

  /**
   * Does `work` on a connection, which may be shared.
   * @param share for whom the connection is made, if it is: for removing a key none is named, so that it waits for nobody
   * @throws {Refused} if there is none to be had, else what `work` throws
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
    // what waits for its turn is now waited for by a removal
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
