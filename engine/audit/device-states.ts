import type { StrayBytes } from './sink.ts'

interface Log {
  error(facts: object, message: string): void
}

/** Tracks which devices can be written to. Logs each change once. */
export class DeviceStates {
  readonly #log: Log
  readonly #failed: (device: string) => void
  #takes: ReadonlyMap<string, boolean> = new Map()

  /** @param failed is called for each line that a device could not write */
  constructor(log: Log, failed: (device: string) => void) {
    this.#log = log
    this.#failed = failed
  }

  /** By path of the device, whether its last line was written. */
  get all(): ReadonlyMap<string, boolean> {
    return this.#takes
  }

  /** Whether a device wrote its last line, or there is no device. */
  get takesLines(): boolean {
    const states = [...this.#takes.values()]
    return states.length === 0 || states.includes(true)
  }

  /** Sets which devices there are. A device that has written no line yet counts as working. */
  keep(paths: readonly string[]): void {
    this.#takes = new Map(paths.map(path => [path, this.#takes.get(path) ?? true]))
  }

  /** Logs that the file of a device contains bytes that no engine has written. */
  foreign(device: string, { bytes, sha256 }: StrayBytes): void {
    const what =
      'the audit log ends with bytes that no engine has written: run postern audit verify'
    this.#log.error({ device, bytes, sha256 }, what)
  }

  took(device: string): void {
    if (this.#takes.get(device) !== false) return
    this.#takes = new Map([...this.#takes, [device, true]])
    this.#log.error({ device }, 'audit device can be written to again')
  }

  refused(device: string, error: unknown): void {
    this.#failed(device)
    this.missed(device, error)
  }

  /** As {@link refused}, when no line was lost. */
  missed(device: string, error: unknown): void {
    if (this.#takes.get(device) === false) return
    this.#takes = new Map([...this.#takes, [device, false]])
    const what = 'audit device cannot be written to; if no device can be, every request fails'
    this.#log.error({ device, error }, what)
  }
}
