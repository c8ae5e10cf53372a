import { type BigIntStats, statSync } from 'node:fs'

/** Detects that an open file was moved, replaced or truncated: what is then written to it is lost without an error. */
export class NamedFile {
  readonly #path: string
  readonly #opened: BigIntStats | undefined
  readonly #shrinks: boolean
  #size: bigint

  /** @param shrinks whether the file may become shorter */
  constructor(path: string, { shrinks = false }: { readonly shrinks?: boolean } = {}) {
    this.#path = path
    this.#shrinks = shrinks
    this.#opened = statOf(path)
    this.#size = this.#opened?.size ?? 0n
  }

  /** Whether another file or none has the name now, or the file is shorter than at the last call. */
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
