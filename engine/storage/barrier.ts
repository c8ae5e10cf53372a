import { timingSafeEqual } from 'node:crypto'
import { decrypt, encrypt, Tampered } from './aead.ts'
import { orFatal } from './fatal.ts'
import { Keyring, type Term } from './keyring.ts'
import { Recall } from './recall.ts'
import type { Batch, Entry, Page, Store } from './store.ts'
import { transact } from './transact.ts'

/** The keys below it are stored as they are: without them nothing else can be opened. */
export const CLEAR = 'seal/'

const KEYRING = `${CLEAR}keyring`

/** Of a value: the version of its form, one byte, and the number of its term, four. */
const HEADER_BYTES = 5
const VERSION = 1

/** Encryptions after which they are written down. A crash forgets fewer than this. */
const STEP = 65_536

/** Encryptions after which a key is no longer used: half of what its nonces allow. */
const MOST = 2 ** 31

/** The barrier has no key. */
export class Sealed extends Error {
  override readonly name = 'Sealed'
}

interface Options {
  readonly now?: () => Date
  readonly step?: number
  readonly most?: number
}

/**
 * A store that keeps its values encrypted in another, which it does not trust: AES-256-GCM with the key of the newest term. With
 * each value its storage key and its term are authenticated, so that values can be neither swapped, moved, changed nor shortened.
 * Storage keys are not hidden. Disposing of it seals it, and disposes of the other store. Until it is unsealed, everything but what is below {@link CLEAR} fails with {@link Sealed}.
 */
export class Barrier implements Store {
  readonly #recall = new Recall()
  readonly #inner: Store
  readonly #now: () => Date
  readonly #step: number
  readonly #most: number
  #open: { readonly rootKey: Buffer; keyring: Keyring } | undefined
  /** Encryptions of the active term that are not yet written down. */
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

  /** Values in the clear: while it is sealed there are none. */
  get recall(): Recall | undefined {
    return this.sealed ? undefined : this.#recall
  }

  /** Opens an empty store. The keyring must be stored with the first values: {@link keyringEntry}. */
  create(rootKey: Uint8Array): void {
    this.seal()
    this.#open = { rootKey: Buffer.from(rootKey), keyring: Keyring.create(this.#now()) }
  }

  /** The keyring as it is stored, and under which key. */
  keyringEntry(): readonly [key: string, value: Uint8Array] {
    const { rootKey, keyring } = this.#opened()
    return [KEYRING, keyring.encrypt(rootKey)]
  }

  /** @throws {Tampered} if it is not the root key of this store; then nothing changes */
  async unseal(rootKey: Uint8Array): Promise<void> {
    const stored = await this.#inner.get(KEYRING)
    if (!stored) throw new Tampered('the store has no keyring')
    const keyring = Keyring.decrypt(rootKey, stored.value)
    this.seal()
    this.#open = { rootKey: Buffer.from(rootKey), keyring }
  }

  /** Wipes all keys from memory. */
  seal(): void {
    this.#open?.rootKey.fill(0)
    this.#open?.keyring.wipe()
    this.#open = undefined
    this.#recall.wipe()
    this.#uncounted = 0
  }

  /** Whether `key` is the root key, told in constant time. */
  isRootKey(key: Uint8Array): boolean {
    const { rootKey } = this.#opened()
    return key.length === rootKey.length && timingSafeEqual(key, rootKey)
  }

  /** The term that new values are encrypted with, as the store has it now. */
  async active(): Promise<Omit<Term, 'cipherKey'>> {
    await this.#reload()
    const { number, installedAt, encryptions } = this.#opened().keyring.active
    return { number, installedAt, encryptions: encryptions + this.#uncounted }
  }

  /** Makes a new key for all values from now on. Other nodes take it up when they read the first of those. */
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
    return orFatal(() => this.#commit(batch))
  }

  async [Symbol.asyncDispose]() {
    this.seal()
    await this.#inner[Symbol.asyncDispose]()
  }

  async #get(key: string): Promise<Entry | undefined> {
    if (key.startsWith(CLEAR)) return this.#inner.get(key)
    this.#opened()
    const entry = await this.#inner.get(key)
    return entry && { ...entry, value: await this.#decrypt(key, entry.value) }
  }

  async #list(prefix: string, page: Page): Promise<readonly string[]> {
    this.#opened()
    if (!CLEAR.startsWith(prefix)) return this.#inner.list(prefix, page)
    const { limit } = page
    const more = limit === undefined ? page : { ...page, limit: limit + 1 }
    const names = await this.#inner.list(prefix, more)
    return names.filter(name => prefix + name !== CLEAR).slice(0, limit)
  }

  async #commit({ reads, writes }: Batch): Promise<void> {
    if (this.#uncounted >= this.#step) await this.#count()
    const sealed = new Map<string, Uint8Array | undefined>()
    for (const [key, value] of writes)
      sealed.set(key, value && (key.startsWith(CLEAR) ? value : this.#encrypt(key, value)))
    await this.#inner.commit({ reads, writes: sealed })
  }

  #opened() {
    if (!this.#open) throw new Sealed('the barrier is sealed')
    return this.#open
  }

  #encrypt(key: string, plain: Uint8Array): Uint8Array {
    const { active } = this.#opened().keyring
    const header = Buffer.alloc(HEADER_BYTES)
    header.writeUInt8(VERSION)
    header.writeUInt32BE(active.number, 1)
    this.#uncounted++
    return Buffer.concat([header, encrypt(active.cipherKey, boundTo(header, key), plain)])
  }

  async #decrypt(key: string, value: Uint8Array): Promise<Uint8Array> {
    const header = Buffer.from(value.subarray(0, HEADER_BYTES))
    if (header.length < HEADER_BYTES || header[0] !== VERSION) throw damaged(key)
    const term = header.readUInt32BE(1)
    // another node may have rotated the key
    if (!this.#opened().keyring.keyOf(term)) await this.#reload()
    const secret = this.#opened().keyring.keyOf(term)
    if (!secret) throw damaged(key)
    try {
      return decrypt(secret, boundTo(header, key), value.subarray(HEADER_BYTES))
    } catch (cause) {
      throw cause instanceof Tampered ? damaged(key, cause) : cause
    }
  }

  async #reload(): Promise<void> {
    const stored = await this.#inner.get(KEYRING)
    const opened = this.#opened()
    if (stored) this.#adopt(opened, Keyring.decrypt(opened.rootKey, stored.value))
  }

  /** Changes the stored keyring, whoever else changes it at the same time, and takes it up. */
  async #change(change: (keyring: Keyring) => Keyring): Promise<void> {
    const opened = this.#opened()
    const changed = await transact(this.#inner, async tx => {
      const stored = await tx.get(KEYRING)
      if (!stored) throw new Tampered('the store has no keyring')
      const keyring = change(Keyring.decrypt(this.#opened().rootKey, stored))
      tx.put(KEYRING, keyring.encrypt(this.#opened().rootKey))
      return keyring
    })
    this.#adopt(opened, changed)
  }

  /** Takes up a keyring, unless the barrier has been sealed since, or already has a newer one. */
  #adopt(opened: { keyring: Keyring }, keyring: Keyring): void {
    if (this.#open !== opened || keyring.active.number < opened.keyring.active.number) {
      keyring.wipe()
      return
    }
    // what is left uncounted of the old term are fewer than a step
    if (keyring.active.number !== opened.keyring.active.number) this.#uncounted = 0
    opened.keyring.wipe()
    opened.keyring = keyring
  }

  /** Writes down how often the key has been used, and makes a new one before it has been used too often. */
  async #count(): Promise<void> {
    const { number } = this.#opened().keyring.active
    const more = this.#uncounted
    this.#uncounted = 0
    try {
      await this.#change(keyring => {
        const counted = keyring.counted(number, more)
        const spent = counted.active.encryptions >= this.#most
        return spent ? counted.rotated(this.#now()) : counted
      })
    } catch (error) {
      this.#uncounted += more
      throw error
    }
  }
}

/** What is authenticated with a value: its header, and the storage key it stands under. */
const boundTo = (header: Buffer, key: string) => Buffer.concat([header, Buffer.from(key)])

const damaged = (key: string, cause?: Error) =>
  new Tampered(`the value under ${JSON.stringify(key)} is not what was stored there`, { cause })
