import { timingSafeEqual } from 'node:crypto'
import { Tampered } from './aead.ts'
import type { Entry } from './entry.ts'
import { orFatal } from './fatal.ts'
import { Gone, keptBits, keptKeys } from './kept.ts'
import { Keyring, type Term } from './keyring.ts'
import { ReadCache } from './read-cache.ts'
import { Sealed } from './sealed.ts'
import { openValue, sealValue, termOf } from './sealed-value.ts'
import type { Batch, Page, Store } from './store.ts'
import { transact } from './transact.ts'

/** Keys with this prefix are stored in plaintext: they are needed to unseal. */
export const CLEAR = 'seal/'
const KEYRING = `${CLEAR}keyring`

/** Rewritten with the key of every new term, so that a keyring that was replaced by an older one is detected. */
const TERM = 'core/term'

/** Encryptions after which the count is stored. A crash loses fewer than this. */
const STEP = 65_536
/** Encryptions after which a key is rotated: half of what random nonces allow. */
const MOST = 2 ** 31

interface Opened {
  readonly rootKey: Buffer
  keyring: Keyring
  /** Whether the newest key is known to be on every standby. One that is found at unsealing is stored again before it is used, as in `reload`. */
  isDurable: boolean
}

type Options = { readonly now?: () => Date; readonly step?: number; readonly most?: number }

/**
 * A store that encrypts its values in another store, which it does not trust: AES-256-GCM with the key of the newest term. Each value is
 * authenticated together with its storage key and its term, so that values cannot be swapped, moved, changed or truncated. Storage keys are
 * not encrypted. While it is sealed, only keys below {@link CLEAR} can be used. Disposing of it seals it, and disposes of the other store.
 */
export class Barrier implements Store {
  readonly #readCache = new ReadCache()
  readonly #inner: Store
  readonly #now: () => Date
  readonly #step: number
  readonly #most: number
  #open: Opened | undefined
  #storing: Promise<void> | undefined
  readonly #committing = new Set<Promise<unknown>>()
  /** Encryptions of the active term that are not stored yet. */
  #uncounted = 0

  constructor(inner: Store, { now = () => new Date(), step = STEP, most = MOST }: Options = {}) {
    this.#inner = inner
    this.#now = now
    this.#step = step
    this.#most = most
  }

  get sealed(): boolean {
    return this.#open === undefined
  }

  /** The cache of decrypted values; undefined while sealed. */
  get readCache(): ReadCache | undefined {
    return this.sealed ? undefined : this.#readCache
  }

  /** Unseals an empty store with a new keyring, which must be stored with the first values: {@link keyringEntry}. */
  create(rootKey: Uint8Array): void {
    this.seal()
    const keyring = Keyring.create(this.#now())
    this.#open = { rootKey: Buffer.from(rootKey), keyring, isDurable: true }
  }

  /** The storage key and the encrypted value of the keyring. */
  keyringEntry(): readonly [key: string, value: Uint8Array] {
    const { rootKey, keyring } = this.#opened()
    return [KEYRING, keyring.encrypt(rootKey)]
  }

  /** @throws {Tampered} if it is not the root key of this store; the barrier then stays sealed */
  async unseal(rootKey: Uint8Array): Promise<void> {
    const stored = await this.#inner.get(KEYRING)
    if (!stored) throw new Tampered('the store has no keyring')
    const keyring = Keyring.decrypt(rootKey, stored.value)
    const newest = await this.#inner.get(TERM)
    if (newest && !keyring.keyOf(termOf(TERM, newest.value)))
      throw new Tampered('the keyring in the storage is an older one: restore the newest')
    this.seal()
    // without its first key there would be no storage
    const isDurable = keyring.active.number === 1
    this.#open = { rootKey: Buffer.from(rootKey), keyring, isDurable }
  }

  /** Records in the keyring which of the permanent records exist; older versions did not. */
  async noteKept(): Promise<void> {
    const found: string[] = []
    for (const key of keptKeys()) if (await this.#inner.get(key)) found.push(key)
    const bits = keptBits(found)
    if ((bits & ~this.#opened().keyring.kept) !== 0)
      await this.#change(keyring => keyring.keeping(bits))
  }

  /** Wipes all keys from memory. */
  seal(): void {
    this.#open?.rootKey.fill(0)
    this.#open?.keyring.wipe()
    this.#open = undefined
    this.#readCache.wipe()
    this.#uncounted = 0
  }

  /** Whether `key` is the root key, compared in constant time. */
  isRootKey(key: Uint8Array): boolean {
    const { rootKey } = this.#opened()
    return key.length === rootKey.length && timingSafeEqual(key, rootKey)
  }

  /** The newest stored term, which encrypts new values. */
  async active(): Promise<Omit<Term, 'cipherKey'>> {
    await this.#reload()
    const { number, installedAt, encryptions } = this.#opened().keyring.active
    return { number, installedAt, encryptions: encryptions + this.#uncounted }
  }

  /** Adds a term, whose key encrypts all later values. Other nodes load it when they read the first of those. */
  async rotate(): Promise<void> {
    await this.#change(keyring => keyring.rotated(this.#now()))
  }

  get(key: string): Promise<Entry | undefined> {
    return orFatal(() => this.#get(key))
  }

  list(prefix: string, page: Page = {}): Promise<readonly string[]> {
    return orFatal(() => this.#list(prefix, page))
  }

  commit(batch: Batch): Promise<void> {
    const commit = orFatal(() => this.#commit(batch))
    this.#committing.add(commit)
    const ended = () => void this.#committing.delete(commit)
    commit.then(ended, ended)
    return commit
  }

  /** Resolves when the commits under way have ended. After `seal`, no other begins, except of keys below {@link CLEAR}. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#committing)
  }

  async [Symbol.asyncDispose]() {
    this.seal()
    await this.#inner[Symbol.asyncDispose]()
  }

  async #get(key: string): Promise<Entry | undefined> {
    if (key.startsWith(CLEAR)) return this.#inner.get(key)
    this.#opened()
    const entry = await this.#inner.get(key)
    if (!entry && (this.#opened().keyring.kept & keptBits([key])) !== 0) throw new Gone(key)
    return entry && (this.#readCache.decrypted(key, entry) ?? this.#decrypt(key, entry))
  }

  async #list(prefix: string, page: Page): Promise<readonly string[]> {
    this.#opened()
    if (!CLEAR.startsWith(prefix)) return this.#inner.list(prefix, page)
    const { limit } = page
    const more = limit === undefined ? page : { ...page, limit: limit + 1 }
    const names = await this.#inner.list(prefix, more)
    return names.filter(name => prefix + name !== CLEAR).slice(0, limit)
  }

  async #commit({ reads, writes, committed }: Batch): Promise<void> {
    // not only once: what was being stored may have been found before the barrier was sealed and unsealed again
    while (this.#open?.isDurable === false) await this.#storeAgain()
    if (this.#uncounted >= this.#step) await this.#count()
    // deleting needs no key, but a sealed engine changes nothing, and could not record it
    if ([...writes.keys()].some(key => !key.startsWith(CLEAR))) this.#opened()
    const sealed = new Map<string, Uint8Array | undefined>()
    for (const [key, value] of writes)
      sealed.set(key, value && (key.startsWith(CLEAR) ? value : this.#encrypt(key, value)))
    const bits = keptBits(writes.keys())
    if (bits === 0 || (bits & ~this.#opened().keyring.kept) === 0)
      await this.#inner.commit({ reads, writes: sealed, ...(committed && { committed }) })
    else await this.#commitKept({ reads, writes: sealed }, bits)
  }

  #encrypt(key: string, plain: Uint8Array): Uint8Array {
    this.#uncounted++
    return sealValue(this.#opened().keyring.active, key, plain)
  }

  /** Commits permanent records together with the keyring that names them. */
  async #commitKept({ reads, writes }: Batch, bits: number): Promise<void> {
    const opened = this.#opened()
    const stored = writes.has(KEYRING) ? undefined : await this.#inner.get(KEYRING)
    // sealed meanwhile, and perhaps unsealed again: this root key is wiped
    if (this.#open !== opened) throw new Sealed('the barrier was sealed')
    const keyring = this.#newest(stored?.value).keeping(bits)
    await this.#inner.commit({
      reads: stored ? new Map(reads).set(KEYRING, stored.version) : reads,
      writes: new Map(writes).set(KEYRING, keyring.encrypt(opened.rootKey)),
    })
    this.#adopt(opened, keyring)
  }

  #opened() {
    if (!this.#open) throw new Sealed('the barrier is sealed')
    return this.#open
  }

  async #decrypt(key: string, { value: sealed, version }: Entry): Promise<Entry> {
    const term = termOf(key, sealed)
    // another node may have rotated the key
    if (!this.#opened().keyring.keyOf(term)) await this.#reload()
    return { value: openValue(this.#opened().keyring.keyOf(term), key, sealed), version, sealed }
  }

  /**
   * Adopts the stored keyring. One with a newer term is stored again first: the primary of a database that has crashed may show what no standby
   * has, and if a standby took over then, the key of all that is written from now on would be lost.
   */
  async #reload(): Promise<void> {
    const stored = await this.#inner.get(KEYRING)
    const opened = this.#opened()
    if (!stored) return
    const keyring = this.#newest(stored.value)
    if (keyring.active.number === opened.keyring.active.number) this.#adopt(opened, keyring)
    else {
      keyring.wipe()
      await this.#storeAgain()
    }
  }

  /** Stores the keyring as it is, so that every standby has it, and adopts it: once for all that want it at the same time. */
  #storeAgain(): Promise<void> {
    this.#storing ??= this.#change(keyring => keyring).finally(() => {
      this.#storing = undefined
    })
    return this.#storing
  }

  /** Changes the stored keyring, with compare-and-swap, and adopts it. */
  async #change(change: (keyring: Keyring) => Keyring): Promise<void> {
    const opened = this.#opened()
    const changed = await transact(this.#inner, async tx => {
      const stored = await tx.get(KEYRING)
      if (!stored) throw new Tampered('the store has no keyring')
      const before = this.#newest(stored)
      const keyring = change(before)
      tx.put(KEYRING, keyring.encrypt(this.#opened().rootKey))
      if (keyring.active.number !== before.active.number)
        tx.put(TERM, sealValue(keyring.active, TERM, new Uint8Array()))
      return keyring
    })
    this.#adopt(opened, changed)
    opened.isDurable = true
  }

  /** A copy of the stored keyring; of ours, if the stored one has been replaced by an older one. */
  #newest(stored: Uint8Array | undefined): Keyring {
    const { rootKey, keyring: own } = this.#opened()
    const found = stored && Keyring.decrypt(rootKey, stored)
    if (found && found.active.number >= own.active.number) return found.keeping(own.kept)
    found?.wipe()
    return Keyring.decrypt(rootKey, own.encrypt(rootKey))
  }

  /** Adopts a keyring, unless the barrier has been sealed since or has a newer one. */
  #adopt(opened: Opened, keyring: Keyring): void {
    if (this.#open !== opened || keyring.active.number < opened.keyring.active.number) {
      keyring.wipe()
      return
    }
    // at most STEP encryptions of the old term stay uncounted
    if (keyring.active.number !== opened.keyring.active.number) this.#uncounted = 0
    opened.keyring.wipe()
    opened.keyring = keyring
  }

  /** Stores how often the key was used, and rotates it before it has been used too often. */
  async #count(): Promise<void> {
    const { number } = this.#opened().keyring.active
    const more = this.#uncounted
    this.#uncounted = 0
    try {
      await this.#change(keyring => {
        const counted = keyring.counted(number, more)
        return counted.active.encryptions < this.#most ? counted : counted.rotated(this.#now())
      })
    } catch (error) {
      this.#uncounted += more
      throw error
    }
  }
}
