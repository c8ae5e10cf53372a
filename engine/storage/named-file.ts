import { type BigIntStats, statSync } from 'node:fs'

/**
 * A file that is held open, and that others know by its name. What is written into an open file that has been moved away, replaced or
 * cut is lost, and nothing says so.
 */
export class NamedFile {
  readonly #path: string
  readonly #opened: BigIntStats | undefined
  readonly #shrinks: boolean
  #size: bigint

  /** @param shrinks its program makes it shorter at times */
  constructor(path: string, { shrinks = false }: { readonly shrinks?: boolean } = {}) {
    this.#path = path
    this.#shrinks = shrinks
    this.#opened = statOf(path)
    this.#size = this.#opened?.size ?? 0n
  }

  /** Whether another file, or none, has the name now, or it is shorter than it was when this was last asked. */
  get lost(): boolean {
    const now = statOf(this.#path)
    if (!now || !this.#opened || now.ino !== this.#opened.ino || now.dev !== this.#opened.dev)
      return true
    if (this.#shrinks) return false
    if (now.size < this.#size) return true
    this.#size = now.size
    return false
  }
}

const statOf = (path: string) => statSync(path, { bigint: true, throwIfNoEntry: false })
