import type { CliIo } from './cli-io.ts'

/** Milliseconds before progress is first told. */
const PATIENCE = 1000

/** Tells a user at a terminal how far a long work is: after a second, and then less and less often. */
export class Progress {
  readonly #stderr: CliIo['stderr']
  readonly #clock: () => number
  readonly #begin: number
  #next = PATIENCE

  constructor({ stderr }: Pick<CliIo, 'stderr'>, clock = () => performance.now()) {
    this.#stderr = stderr
    this.#clock = clock
    this.#begin = clock()
  }

  /** Tells it in a line, if it is time for one. */
  tell(text: string): void {
    const passed = this.#clock() - this.#begin
    if (!this.#stderr.isTTY || passed < this.#next) return
    this.#next = passed * 2
    this.#stderr.write(`${text}\n`)
  }
}
