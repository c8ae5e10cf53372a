export interface Entry {
  readonly value: Uint8Array
  /** Differs after every write of the key. */
  readonly version: string
  /** Of a value in the clear: what it was decrypted from. */
  readonly sealed?: Uint8Array
}
