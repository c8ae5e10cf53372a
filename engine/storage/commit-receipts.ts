import { randomBytes, randomUUID } from 'node:crypto'

/** The first byte of the key of a receipt, which no key in UTF-8 has: a store neither finds nor lists it. */
const PREFIX = 0xff

/** Bytes of the time in a key, and of random. */
const TIME = 6
const RANDOM = 10

/** Commits after which a receipt is replaced: while a snapshot is open, each leaves a version of the row that the next has to pass. */
const USES = 1000

/** Milliseconds after which a receipt is replaced, and after which any node deletes it. Far apart, as an outcome is looked up in between. */
const LIFETIME = 24 * 3600_000
const SWEPT = 7 * LIFETIME

/** A row that a commit writes together with its own, so that its version tells whether the commit was made. No other commit uses it at the same time. */
export interface Receipt {
  readonly key: Buffer
  /** The version of the row before the commit; undefined if there is no row. */
  readonly before: string | undefined
  /** The version of everything that the commit writes. */
  readonly version: string
  /** The key of a row that is not used any more, which the commit deletes. */
  readonly obsolete: Buffer | undefined
  /** How many commits have used the row, with this one. */
  readonly uses: number
}

/** The receipts of a process, which it uses again and again. */
export class CommitReceipts {
  readonly #time: () => number
  readonly #free: Receipt[] = []
  readonly #obsolete: Buffer[] = []

  /** @param time milliseconds since 1970 by the clock of the database, which all nodes share */
  constructor(time: () => number) {
    this.#time = time
  }

  /** The receipt for the next commit, which is then to be given back, unless its outcome is not known. */
  take(): Receipt {
    const last = this.#usable()
    return {
      key: last?.key ?? newReceiptKey(this.#time()),
      before: last?.version,
      version: randomUUID(),
      obsolete: this.#obsolete.pop(),
      uses: (last?.uses ?? 0) + 1,
    }
  }

  /** Gives back the receipt of a commit that was made. */
  made(receipt: Receipt): void {
    this.#free.push(receipt)
  }

  /** Gives back the receipt of a commit that was not made. Perhaps because of its row, which a standby that took over may not have. */
  notMade({ key, before, obsolete }: Receipt): void {
    if (before !== undefined) this.#obsolete.push(key)
    if (obsolete) this.#obsolete.push(obsolete)
  }

  /** All receipts with keys from the first of these on, and below the second, may be deleted. */
  swept(): readonly [Buffer, Buffer] {
    return [Buffer.of(PREFIX), Buffer.concat([Buffer.of(PREFIX), timeBytes(this.#time() - SWEPT)])]
  }

  #usable(): Receipt | undefined {
    for (let free = this.#free.pop(); free; free = this.#free.pop()) {
      const age = this.#time() - free.key.readUIntBE(1, TIME)
      if (free.uses < USES && age < LIFETIME) return free
      this.#obsolete.push(free.key)
    }
    return undefined
  }
}

/** The key of a row that belongs to no key of the store, and that any node deletes later. @param time milliseconds since 1970 */
export const newReceiptKey = (time: number): Buffer =>
  Buffer.concat([Buffer.of(PREFIX), timeBytes(time), randomBytes(RANDOM)])

function timeBytes(time: number): Buffer {
  const bytes = Buffer.alloc(TIME)
  bytes.writeUIntBE(Math.max(0, Math.floor(time)), 0, TIME)
  return bytes
}
