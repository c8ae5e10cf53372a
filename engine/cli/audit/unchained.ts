import { placeOf } from '../../audit/chain.ts'

/** Leaves out lines that no engine of ours has written, and remembers that there were some. */
export class Unchained {
  readonly #shown: boolean
  #found = 0

  /** @param shown they are not left out */
  constructor(shown: boolean) {
    this.#shown = shown
  }

  get count(): number {
    return this.#found
  }

  /** What a row for a line, its end included, is marked with; undefined for a line that is left out. */
  mark(line: Buffer): string | undefined {
    if (placeOf(line)) return ''
    this.#found++
    return this.#shown ? '  UNCHAINED' : undefined
  }

  /** What a person should know of them; empty where there were none. */
  get note(): string {
    if (this.#found === 0) return ''
    const lines = this.#found === 1 ? '1 line has' : `${this.#found} lines have`
    const shown = this.#shown ? 'shown all the same' : 'not shown without -unchained'
    return `${lines} no place in the chain, and ${shown}: of Vault, or put in; "postern audit verify" tells`
  }
}
