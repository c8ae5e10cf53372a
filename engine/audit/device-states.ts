import type { StrayBytes } from './sink.ts'

interface Log {
  error(facts: object, message: string): void
}

/** Remembers which devices take lines. Says once when one ceases to, and when it does again. */
export class DeviceStates {
  readonly #log: Log
  readonly #failed: (device: string) => void
  #takes: ReadonlyMap<string, boolean> = new Map()

  /** @param failed is told of each line that a device did not take */
  constructor(log: Log, failed: (device: string) => void) {
    this.#log = log
    this.#failed = failed
  }

  /** By path of the device, whether it took the last line that it was given. */
  get all(): ReadonlyMap<string, boolean> {
    return this.#takes
  }

  /** Whether one of them took its last line; also where there is none. */
  get takesLines(): boolean {
    const states = [...this.#takes.values()]
    return states.length === 0 || states.includes(true)
  }

  /** The devices there are now. One that has not been given a line is taken for good. */
  keep(paths: readonly string[]): void {
    this.#takes = new Map(paths.map(path => [path, this.#takes.get(path) ?? true]))
  }

  /** Says that the file of a device holds what no engine has written. */
  foreign(device: string, { bytes, sha256 }: StrayBytes): void {
    const what =
      'the audit log ends with bytes that no engine has written: run postern audit verify'
    this.#log.error({ device, bytes, sha256 }, what)
  }

  took(device: string): void {
    if (this.#takes.get(device) !== false) return
    this.#takes = new Map([...this.#takes, [device, true]])
    this.#log.error({ device }, 'audit device takes lines again')
  }

  refused(device: string, error: unknown): void {
    this.#failed(device)
    this.missed(device, error)
  }

  /** As {@link refused}, but without a line that was lost. */
  missed(device: string, error: unknown): void {
    if (this.#takes.get(device) === false) return
    this.#takes = new Map([...this.#takes, [device, false]])
    const what = 'audit device cannot be written to; if no device can, nothing is done or answered'
    this.#log.error({ device, error }, what)
  }
}
