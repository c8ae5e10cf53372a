import { createHash } from 'node:crypto'
import { Connection, type HostLogin } from './dynamic.ts'
import { Slots } from './slots.ts'

/** Sessions on one connection at the same time; sshd allows ten unless told otherwise. */
const SESSIONS = 6
/** Connections that are being made at the same time. */
const HANDSHAKES = 256
/** Milliseconds that a connection stays open after its last use. */
const IDLE = 5_000

/** A login and the name of all that its connection depends on: who gets in with what, and which host keys are trusted. */
export interface SharedLogin extends HostLogin {
  readonly trust: string
}

/** Connections to hosts. One that was used a moment ago is used again. */
export class HostSessions implements Disposable {
  readonly #hosts = new Map<string, Shared>()
  readonly #handshakes = new Slots(HANDSHAKES)

  /** Does `work` on a connection, which may be shared. @throws {Refused} if there is none to be had, else what `work` throws */
  async use<T>(login: SharedLogin, work: (connection: Connection) => Promise<T>): Promise<T> {
    const shared = this.#shared(login)
    shared.users++
    clearTimeout(shared.idle)
    try {
      return await shared.slots.use(async () => work(await this.#opened(shared, login)))
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
      slots: new Slots(SESSIONS),
      connection: undefined,
      opening: undefined,
      idle: undefined,
    }
    this.#hosts.set(key, made)
    return made
  }

  #opened(shared: Shared, login: SharedLogin): Promise<Connection> {
    const { connection } = shared
    if (connection && !connection.closed) return Promise.resolve(connection)
    shared.opening ??= this.#handshakes
      .use(() => Connection.open(login))
      .then(opened => {
        shared.connection = opened
        return opened
      })
      .finally(() => {
        shared.opening = undefined
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
  readonly slots: Slots
  connection: Connection | undefined
  opening: Promise<Connection> | undefined
  idle: NodeJS.Timeout | undefined
}

const keyOf = ({ address, port, user, keys, trust }: SharedLogin): string =>
  createHash('sha256')
    .update(JSON.stringify([address, port, user, keys, trust]))
    .digest('hex')
