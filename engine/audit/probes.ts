import type { RequestContext } from './request-context.ts'

/** Milliseconds after which counted health checks are recorded. */
const INTERVAL = 60_000

/** Health checks of one path that have not been recorded yet. */
export interface Probes {
  readonly path: string
  readonly mount: RequestContext['mount']
  readonly count: number
}

/** Counts health checks, instead of a line for each. */
export class ProbeCounts {
  readonly #write: (probes: Probes) => Promise<void>
  #counted = new Map<string, Probes>()
  #timer: NodeJS.Timeout | undefined

  /** @param write records a count; does not reject */
  constructor(write: (probes: Probes) => Promise<void>) {
    this.#write = write
  }

  add(path: string, mount: RequestContext['mount']): void {
    const count = (this.#counted.get(path)?.count ?? 0) + 1
    this.#counted.set(path, { path, mount, count })
    this.#timer ??= setTimeout(() => void this.flush(), INTERVAL).unref()
  }

  /** Records all counts. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const counted = [...this.#counted.values()]
    this.#counted = new Map()
    await Promise.all(counted.map(each => this.#write(each)))
  }
}
