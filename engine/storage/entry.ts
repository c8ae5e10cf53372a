export interface Entry {
  readonly value: Uint8Array
  /** Differs after every write of the key. */
  readonly version: string
  /** The ciphertext of a decrypted value. */
  readonly sealed?: Uint8Array
}
