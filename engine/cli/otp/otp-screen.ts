import { visible } from '../../../shared/visible.ts'
import { controlTerminal } from '../outputs.ts'

/** Columns of a line that is written again and again; narrower terminals show more than one line. */
const WIDTH = 78

/** A line at the terminal that counts down how long a password is valid. Disposing of it removes the line. */
export class OtpScreen implements Disposable {
  readonly #timer: NodeJS.Timeout
  #until = 0
  #silence: string | undefined

  constructor() {
    this.#timer = setInterval(() => this.#show(), 1000)
  }

  /** @param until by the monotonic clock, in milliseconds */
  countTo(until: number): void {
    this.#until = until
    this.#show()
  }

  /** Why the engine does not answer; undefined if it does. */
  readonly silence = (reason: string | undefined): void => {
    this.#silence = reason
    this.#show()
  }

  /** Removes the line until the next second, for text in its place. */
  clear(): void {
    controlTerminal(`\r${' '.repeat(WIDTH)}\r`)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.clear()
  }

  #show(): void {
    const left = Math.max(0, Math.ceil((this.#until - performance.now()) / 1000))
    const silent =
      this.#silence === undefined ? '' : ` The engine does not answer: ${this.#silence}`
    const text = `Valid for ${clock(left)}. Ctrl-C revokes it.${silent}`
    controlTerminal(`\r${visible(text).slice(0, WIDTH).padEnd(WIDTH)}`)
  }
}

/** `1:02:03`, or `2:03` within the hour. */
function clock(seconds: number): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const last = two(seconds % 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${last}` : `${minutes}:${last}`
}
