import { collectGarbage } from '../http/collect-garbage.ts'

/** Milliseconds between two looks. */
const INTERVAL = 2000

/** Microseconds of processor time of a process that is idle between two looks: 5 % of a core. */
const IDLE = INTERVAL * 1000 * 0.05

/** Bytes by which the memory must have grown since it was last collected: more than few requests a second make it grow. */
const GROWN = 32 * 1024 * 1024

/** What is known of a process. */
interface Usage {
  /** Bytes of heap and buffers. */
  readonly memory: () => number
  /** Microseconds of processor time so far. */
  readonly processor: () => number
}

const OWN: Usage = {
  memory() {
    const { heapTotal, external } = process.memoryUsage()
    return heapTotal + external
  },
  processor() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
}

/**
 * Collects garbage when the process has become idle after work that made its memory grow: an idle V8 would keep that memory, as far as it is in
 * pages that are partly in use. Costs nothing under load.
 */
export class IdleCollection implements Disposable {
  readonly #usage: Usage
  readonly #collect: () => void
  readonly #timer: NodeJS.Timeout
  #used: number
  /** The least memory since the last collection; undefined until the look after it. */
  #least: number | undefined

  constructor(usage = OWN, collect = () => collectGarbage('last-resort')) {
    this.#usage = usage
    this.#collect = collect
    this.#used = usage.processor()
    this.#least = usage.memory()
    this.#timer = setInterval(() => this.look(), INTERVAL).unref()
  }

  /** Collects if the process has been idle since the last call, and its memory has grown. */
  look(): void {
    const used = this.#usage.processor()
    const isIdle = used - this.#used < IDLE
    this.#used = used
    // after a collection, whatever is left
    this.#least ??= this.#usage.memory()
    if (!isIdle) return
    const memory = this.#usage.memory()
    this.#least = Math.min(this.#least, memory)
    if (memory - this.#least < GROWN) return
    this.#collect()
    this.#least = undefined
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
