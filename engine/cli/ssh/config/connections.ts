import { createHash } from 'node:crypto'
import { readlinkSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { bootClock } from './boot-clock.ts'
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
}

interface Place {
  /** Directory of sockets and notes. */
  readonly directory: string
  /** The ControlPath of ssh, which becomes a link to the connection for new sessions. */
  readonly pointer: string
}

/** Milliseconds to wait for a process that opens a connection: a user may have to confirm a host key. */
const PATIENCE = 120_000

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
    return new Connections(lock, place, { ...state, connections })
  }

  /** Exit code of another check that failed to open a connection since `begun`, by {@link bootClock}. */
  refusedSince(begun: number): number | undefined {
    const { refused } = this.#state
    return refused && refused.at >= begun ? refused.code : undefined
  }

  /** Sends an ssh to a connection with room for one more session. False if there is none. */
  async attach(ssh: number, most: number): Promise<boolean> {
    const { connections } = this.#state
    const had = connections.find(({ sessions }) => sessions.includes(ssh))
    const now = bootClock()
    const free = connections.filter(({ sessions, until }) => sessions.length < most && until > now)
    const found = had ?? free.find(({ path }) => path === this.#current()) ?? free[0]
    if (!found) return false
    await this.#turnTo(found.path)
    this.#save({
      ...this.#state,
      connections: connections.map(each =>
        each === found && !had ? { ...each, sessions: [...each.sessions, ssh] } : each,
      ),
    })
    return true
  }

  /** Adds a connection, with its first session. @param lifetime milliseconds in which it takes new ones */
  async add(path: string, lifetime: number, ssh: number): Promise<void> {
    await this.#turnTo(path)
    const added = { path, until: bootClock() + lifetime, sessions: [ssh] }
    this.#save({ ...this.#state, connections: [...this.#state.connections, added] })
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

  /** Points ControlPath to a connection, once those that were sent to another have attached to that. */
  async #turnTo(path: string): Promise<void> {
    const current = this.#current()
    if (current === path) return
    const before = this.#state.connections.find(each => each.path === current)
    const begun = performance.now()
    while (before && performance.now() - begun < ATTACH_TIMEOUT) {
      const expected = before.sessions.filter(isAlive).length
      if (attachedTo(before.path) >= expected) break
      await wait(5)
    }
    const { pointer } = this.#place
    replaceLink(dirname(pointer), basename(pointer), path)
  }

  #save(state: State): void {
    this.#state = state
    const { directory } = this.#place
    replaceFile(directory, `${basename(notesOf(this.#place))}.json`, JSON.stringify(state))
  }
}

/** The path of the notes about a destination, without the end of the name. */
const notesOf = ({ directory, pointer }: Place) =>
  join(directory, `c-${createHash('sha256').update(pointer).digest('hex').slice(0, 16)}`)

function stateIn(json: unknown): State {
  const state = json as State | undefined
  return Array.isArray(state?.connections) ? state : { connections: [] }
}
