import { type KeyObject, randomBytes } from 'node:crypto'
import { type ChainPosition, chained, hashOf, NOTHING, signed } from './chain.ts'
import { type Head, headBody, LINES_PER_HEAD, LINES_PER_WRITE, type Reason } from './head.ts'
import type { HeadMemory, RememberedHead } from './place-memory.ts'
import type { LogEnd, Sink, StrayBytes } from './sink.ts'
import { watchdog } from './watchdog.ts'

/** Milliseconds between signed heads, if there are lines. */
const INTERVAL = 5000

/** The device is closed: it was replaced, or the engine was sealed. */
export class Closed extends Error {}

/** Whether all of several devices failed because they are closed. */
export const isClosed = (error: unknown): boolean =>
  error instanceof AggregateError && error.errors.every(each => each instanceof Closed)

interface JournalOptions {
  readonly sink: Sink
  readonly memory: HeadMemory
  /** Included in every head. */
  readonly writer: Pick<Head, 'device' | 'cluster' | 'key'>
  readonly key: KeyObject
  /** Called when the file ends with bytes that no engine has written. */
  readonly foreign: (found: StrayBytes) => void
}

/** The members of the first head of a run or file that describe what precedes it. */
type Predecessor = Pick<Head, 'follows' | 'after' | 'elsewhere' | 'torn' | 'foreign'>

interface PendingLine extends Pick<PromiseWithResolvers<void>, 'resolve' | 'reject'> {
  readonly body: string
}

/**
 * Writes lines to one sink in order, each chained to the one before, with a signed head at intervals. Lines that arrive during a
 * write are written together afterwards (group commit).
 *
 * If a write fails, its lines are refused. The next line begins a new run, whose head records the end of the one before.
 */
export class Journal implements AsyncDisposable {
  readonly #sink: Sink
  readonly #options: JournalOptions
  #waiting: PendingLine[] = []
  #flushing: Promise<void> | undefined
  #next: ChainPosition | undefined
  #unsigned = 0
  #headAt = 0
  #headTimer: NodeJS.Timeout | undefined
  #stuck: Error | undefined
  #closed = false
  /** The last head that was made, the last that was written, and the last that is being stored. */
  #lastHead: string | undefined
  #written: string | undefined
  #keeping: { readonly sha256: string; readonly done: Promise<unknown> } | undefined
  /** What the store had of the file or receiver when this process first wrote to it. */
  #remembered: RememberedHead | undefined
  /** Why the last write failed. */
  #failure: unknown

  constructor(options: JournalOptions) {
    this.#options = options
    this.#sink = options.sink
  }

  /** The position of the next line; undefined before the first one. */
  get next(): ChainPosition | undefined {
    return this.#next
  }

  /** Resolves when the sink has written the line. @param body JSON of an object @throws {Error} if it fails or times out */
  append(body: string): Promise<void> {
    if (this.#closed) return Promise.reject(new Closed('the audit device has been closed'))
    if (this.#stuck) return Promise.reject(this.#stuck)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ body, resolve, reject })
    this.#flush()
    return promise
  }

  /** Writes what is due without a new line: a head, or the change to a new file. Returns the error if that fails. */
  async nudge(): Promise<unknown> {
    if (this.#closed) return undefined
    await this.#flushing
    await this.#flush()
    return this.#failure
  }

  /** Ends the run, and closes the sink. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    clearTimeout(this.#headTimer)
    await Promise.race([this.#end(), this.#timeout()])
    await this.#sink[Symbol.asyncDispose]()
  }

  async #end(): Promise<void> {
    await this.#flushing
    // a run may end without this head: the next run records what it follows
    if (this.#next)
      await this.#sink.write([this.#head('closed')]).then(
        () => this.#keep(),
        () => undefined,
      )
    await this.#keeping?.done
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#flushAll().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  async #flushAll(): Promise<void> {
    do {
      const batch = this.#waiting.splice(0, LINES_PER_WRITE)
      using _ = watchdog(this.#sink.timeout, () => this.#giveUp(batch))
      try {
        await this.#write(batch)
        this.#failure = undefined
        for (const { resolve } of batch) resolve()
      } catch (error) {
        this.#next = undefined
        this.#failure = error
        for (const { reject } of batch) reject(error)
      } finally {
        this.#stuck = undefined
      }
    } while (this.#waiting.length > 0)
    this.#remember()
  }

  async #write(batch: readonly PendingLine[]): Promise<void> {
    const lines = this.#next ? await this.#moveOn() : await this.#begin()
    for (const { body } of batch) lines.push(this.#step(place => chained(body, place)))
    this.#unsigned += batch.length
    const due = this.#unsigned >= LINES_PER_HEAD || performance.now() - this.#headAt >= INTERVAL
    if (this.#unsigned > 0 && due) lines.push(this.#head('interval'))
    if (lines.length === 0) return
    await this.#sink.write(lines)
    this.#keep()
  }

  async #begin(): Promise<Buffer[]> {
    const ending = await this.#sink.open()
    const { after, elsewhere } = await this.#recall(ending.place)
    this.#next = { id: randomBytes(8).toString('hex'), seq: 0, prev: NOTHING }
    return [this.#head('opened', { ...this.#before(ending), after, elsewhere })]
  }

  /** The last head, from this process or else from the store. No run begins if the store cannot be read. */
  async #recall(place: string | undefined): Promise<Omit<RememberedHead, 'place'>> {
    if (this.#remembered && this.#written !== undefined) return { after: this.#written }
    if (!this.#remembered || (place !== undefined && place !== this.#remembered.place))
      this.#remembered = await this.#options.memory.recall(place)
    return this.#remembered
  }

  #before({ last: follows, torn, foreign }: LogEnd): Predecessor {
    if (foreign) this.#options.foreign(foreign)
    return { follows, torn, foreign }
  }

  /** Changes to a new file if the one in use has been moved away. */
  async #moveOn(): Promise<Buffer[]> {
    if (!(await this.#sink.moved())) return []
    await this.#sink.write([this.#head('moved')])
    return [this.#head('continued', this.#before(await this.#sink.open()))]
  }

  #head(reason: Reason, more: Predecessor = {}): Buffer {
    const { writer, key } = this.#options
    const place = this.#remembered?.place
    this.#unsigned = 0
    this.#headAt = performance.now()
    const body = headBody({ reason, ...writer, place, ...more })
    const line = this.#step(at => signed(body, at, key))
    this.#lastHead = this.#next?.prev
    return line
  }

  #step(make: (place: ChainPosition) => Buffer): Buffer {
    const { id, seq, prev } = this.#next ?? { id: '', seq: 0, prev: NOTHING }
    const line = make({ id, seq, prev })
    this.#next = { id, seq: seq + 1, prev: hashOf(line) }
    return line
  }

  /** Stores the last head in the background. */
  #keep(): void {
    const sha256 = this.#lastHead
    this.#written = sha256
    if (sha256 === undefined || sha256 === this.#keeping?.sha256) return
    // if this fails, the older head in the store is still correct
    const done = this.#options.memory.keep(sha256).catch(() => undefined)
    this.#keeping = { sha256, done }
  }

  /** Refuses the lines that wait for a sink that does not respond, and new ones until it does. */
  #giveUp(batch: readonly PendingLine[]): void {
    this.#stuck = new Error(`the audit device took longer than ${this.#sink.timeout} ms`)
    for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(this.#stuck)
    this.#sink.abort()
  }

  /** Schedules a head for lines that are not signed yet. */
  #remember(): void {
    if (this.#unsigned === 0 || this.#headTimer || this.#closed) return
    this.#headTimer = setTimeout(() => {
      this.#headTimer = undefined
      this.nudge()
    }, INTERVAL + 10).unref()
  }

  #timeout(): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, this.#sink.timeout).unref())
  }
}
