import type { LogEnd, Sink } from './sink.ts'
import { writeLines } from './write-lines.ts'

const STDOUT = 1

/** Writes to the standard output of this process. */
export class StdoutSink implements Sink {
  readonly timeout: number
  #cut = false

  constructor(timeout: number) {
    this.timeout = timeout
  }

  async open(): Promise<LogEnd> {
    return {}
  }

  async moved(): Promise<boolean> {
    return false
  }

  async write(lines: readonly Buffer[]): Promise<void> {
    const whole = this.#cut ? [Buffer.from('\n'), ...lines] : lines
    this.#cut = true
    await writeLines(STDOUT, whole, { sync: false, timeout: this.timeout })
    this.#cut = false
  }

  abort(): void {
    // writeLines has its own timeout
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // was not opened here
  }
}
