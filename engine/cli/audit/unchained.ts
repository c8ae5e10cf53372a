import { positionOf } from '../../audit/chain.ts'

/** Filters lines outside the hash chain, and counts them. */
export class Unchained {
  readonly #shown: boolean
  #found = 0

  /** @param shown whether they are marked instead of left out */
  constructor(shown: boolean) {
    this.#shown = shown
  }

  get count(): number {
    return this.#found
  }

  /** The mark of a line, which includes its newline; `undefined` for a line that is left out. */
  mark(line: Buffer): string | undefined {
    if (positionOf(line)) return ''
    this.#found++
    return this.#shown ? '  UNCHAINED' : undefined
  }

  /** A note about them for the user; empty if there were none. */
  get note(): string {
    if (this.#found === 0) return ''
    const lines = this.#found === 1 ? '1 line has' : `${this.#found} lines have`
    const shown = this.#shown ? 'marked UNCHAINED' : 'left out: use -unchained to show them'
    return `${lines} no place in the hash chain (of Vault, or forged; see "postern audit verify"), ${shown}`
  }
}
