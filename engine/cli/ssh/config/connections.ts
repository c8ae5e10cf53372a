import { createHash } from 'node:crypto'
import { readlinkSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { bootClock } from './boot-clock.ts'
import { endConnection, takesSession } from './control-master.ts'
import { attachedTo, isListening } from './control-socket.ts'
import { readJson, replaceFile, replaceLink } from './private-files.ts'
import { isAlive, ProcessLock } from './process-lock.ts'

/** A shared connection (ControlMaster) to one destination. */
interface Connection {
  /** Its socket. */
  readonly path: string
  /** Until when new sessions may use it, by {@link bootClock}. */
  readonly until: number
  /** Process ids of the ssh that were sent to it. */
  readonly sessions: readonly number[]
}

interface Refusal {
  /** By {@link bootClock}. */
  readonly at: number
  readonly code: number
}

interface State {
  readonly connections: readonly Connection[]
  /** The last time that none could be opened. */
  readonly refused?: Refusal
  /** The role that they were opened with, and when the engine was last asked whether the user may still use it, by {@link bootClock}. */
  readonly right?: { readonly role: string; readonly asked: number }
  /** How many sessions of one connection the host is known to take, and with how many it has refused one more. */
  readonly sessions?: { readonly fit: number; readonly limit?: number }
}

interface Place {
  /** Directory of sockets and notes. */
  readonly directory: string
  /** The ControlPath of ssh, which becomes a link to the connection for new sessions. */
  readonly pointer: string
}

/** Milliseconds to wait for a process that opens a connection: a user may have to confirm a host key. */
const PATIENCE = 120_000

/** Milliseconds after which the engine is asked again whether the user may still log in. */
const ASK_AFTER = 60_000

/** Milliseconds for those that were sent to a connection to attach. */
const ATTACH_TIMEOUT = 2_000

/**
 * The shared connections to one destination. While this is held no other process changes them, so many ssh at once open no more than they
 * need.
 */
export class Connections implements Disposable {
  readonly #lock: ProcessLock
  readonly #place: Place
  #state: State

  private constructor(lock: ProcessLock, place: Place, state: State) {
    this.#lock = lock
    this.#place = place
    this.#state = state
  }

  /** `undefined` if another process does not finish. */
  static async hold(place: Place): Promise<Connections | undefined> {
    const lock = await ProcessLock.take(`${notesOf(place)}.lock`, PATIENCE)
    if (!lock) return undefined
    const state = stateIn(readJson(`${notesOf(place)}.json`))
    const connections: Connection[] = []
    for (const each of state.connections)
      if (await isListening(each.path))
        connections.push({ ...each, sessions: each.sessions.filter(isAlive) })
      else rmSync(`${each.path}.log`, { force: true })
    const { refused } = state
    const kept = connections.length > 0 ? state : refused ? { refused } : {}
    return new Connections(lock, place, { ...kept, connections })
  }

  /** The role that the open connections were opened with, if the engine has to be asked whether the user may still use it. */
  get unconfirmed(): string | undefined {
    const { connections, right } = this.#state
    if (connections.length === 0) return undefined
    const isRecent = right !== undefined && bootClock() - right.asked < ASK_AFTER
    return isRecent ? undefined : (right?.role ?? '')
  }

  /** Records that the engine was asked, and did not refuse. */
  confirm(role: string): void {
    this.#save({ ...this.#state, right: { role, asked: bootClock() } })
  }

  /** Has the connections end with the sessions that they have. */
  async close(): Promise<void> {
    for (const { path } of this.#state.connections) {
      await endConnection(path, 'stop')
      rmSync(`${path}.log`, { force: true })
    }
    this.#save({ connections: [] })
  }

  /** Exit code of another check that failed to open a connection since `begun`, by {@link bootClock}. */
  refusedSince(begun: number): number | undefined {
    const { refused } = this.#state
    return refused && refused.at >= begun ? refused.code : undefined
  }

  /** Sends an ssh to a connection with room for one more session. False if there is none. */
  async attach(ssh: number, most: number): Promise<boolean> {
    const had = this.#state.connections.find(({ sessions }) => sessions.includes(ssh))
    const found = had ?? (await this.#withRoom(most))
    if (!found) return false
    await this.#turnTo(found.path)
    this.#save({
      ...this.#state,
      connections: this.#state.connections.map(each =>
        each === found && !had ? { ...each, sessions: [...each.sessions, ssh] } : each,
      ),
    })
    return true
  }

  /** Adds a connection, with its first session. @param opened `lifetime`: milliseconds in which it takes new ones */
  async add(
    path: string,
    {
      lifetime,
      ssh,
      role,
    }: { readonly lifetime: number; readonly ssh: number; readonly role: string },
  ): Promise<void> {
    await this.#turnTo(path)
    const now = bootClock()
    const added = { path, until: now + lifetime, sessions: [ssh] }
    const connections = [...this.#state.connections, added]
    this.#save({ ...this.#state, connections, right: { role, asked: now } })
  }

  /** Records that none could be opened, for those who wait. */
  refuse(code: number): void {
    this.#save({ ...this.#state, refused: { at: bootClock(), code } })
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]()
  }

  #current(): string | undefined {
    try {
      return readlinkSync(this.#place.pointer)
    } catch {
      // no link
      return undefined
    }
  }

  /** A connection that takes one more session, preferably the current one. */
  async #withRoom(most: number): Promise<Connection | undefined> {
    const [current, now] = [this.#current(), bootClock()]
    const live = this.#state.connections.filter(({ until }) => until > now)
    for (const each of live.toSorted(
      (a, b) => Number(b.path === current) - Number(a.path === current),
    ))
      if (each.sessions.length < most && (await this.#takesMore(each))) return each
    return undefined
  }

  /** Whether the host takes one more session, which it is asked for each number of them once: its MaxSessions may be lower than is known here. */
  async #takesMore(connection: Connection): Promise<boolean> {
    const { path, sessions } = connection
    const count = sessions.length
    const { fit = 1, limit = Infinity } = this.#state.sessions ?? {}
    if (count < fit || count >= limit) return count < limit
    await settled(connection)
    const takes = await takesSession(path)
    this.#save({ ...this.#state, sessions: takes ? { fit: count + 1 } : { fit, limit: count } })
    return takes
  }

  /** Points ControlPath to a connection, once those that were sent to another have attached to that. */
  async #turnTo(path: string): Promise<void> {
    const current = this.#current()
    if (current === path) return
    const before = this.#state.connections.find(each => each.path === current)
    if (before) await settled(before)
    const { pointer } = this.#place
    replaceLink(dirname(pointer), basename(pointer), path)
  }

  #save(state: State): void {
    this.#state = state
    const { directory } = this.#place
    replaceFile(directory, `${basename(notesOf(this.#place))}.json`, JSON.stringify(state))
  }
}

/** Waits until those that were sent to a connection have attached. */
async function settled({ path, sessions }: Connection): Promise<void> {
  const begun = performance.now()
  while (performance.now() - begun < ATTACH_TIMEOUT) {
    const attached = attachedTo(path)
    if (attached === undefined || attached >= sessions.filter(isAlive).length) return
    await wait(5)
  }
}

/** The path of the notes about a destination, without the end of the name. */
const notesOf = ({ directory, pointer }: Place) =>
  join(directory, `c-${createHash('sha256').update(pointer).digest('hex').slice(0, 16)}`)

function stateIn(json: unknown): State {
  const state = json as State | undefined
  return Array.isArray(state?.connections) ? state : { connections: [] }
}
