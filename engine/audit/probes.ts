import type { RequestContext } from './request-context.ts'

/** Milliseconds after which health checks that were counted are written down. */
const INTERVAL = 60_000

/** Health checks of one path that have been answered and not been written down. */
export interface Probes {
  readonly path: string
  readonly mount: RequestContext['mount']
  readonly count: number
}

/** Counts health checks, in place of a line for each. */
export class ProbeCounts {
  readonly #write: (probes: Probes) => Promise<void>
  #counted = new Map<string, Probes>()
  #timer: NodeJS.Timeout | undefined

  /** @param write writes down what has been counted; does not reject */
  constructor(write: (probes: Probes) => Promise<void>) {
    this.#write = write
  }

  add(path: string, mount: RequestContext['mount']): void {
    const count = (this.#counted.get(path)?.count ?? 0) + 1
    this.#counted.set(path, { path, mount, count })
    this.#timer ??= setTimeout(() => void this.flush(), INTERVAL).unref()
  }

  /** Has all that was counted written down. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const counted = [...this.#counted.values()]
    this.#counted = new Map()
    await Promise.all(counted.map(each => this.#write(each)))
  }
}
