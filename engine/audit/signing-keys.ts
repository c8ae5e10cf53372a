import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { Store } from '../storage/store.ts'
import { transact } from '../storage/transact.ts'
import { publicKeyText } from './chain.ts'
import { signingKey } from './records.ts'

/** The key that signs heads, and its public half as text. */
export interface KeyPair {
  readonly secret: KeyObject
  readonly text: string
}

/** The key pair that signs heads, read from the store at its first use. */
export class SigningKeys {
  readonly #store: Store
  #pair: KeyPair | undefined

  constructor(store: Store) {
    this.#store = store
  }

  async get(): Promise<KeyPair> {
    if (this.#pair) return this.#pair
    const secret = createPrivateKey(await transact(this.#store, signingKey))
    this.#pair = { secret, text: publicKeyText(createPublicKey(secret)) }
    return this.#pair
  }

  forget(): void {
    this.#pair = undefined
  }
}
