/** The kinds of credential that roles make, as `key_type` names them. */
export const KEY_TYPES = ['otp', 'ca', 'dynamic'] as const

export type KeyType = (typeof KEY_TYPES)[number]

/** Those that `creds` gives out under a lease; a certificate is signed instead. */
export type LeasedKeyType = Exclude<KeyType, 'ca'>

/** `undefined` for anything else than the name of a kind. */
export const parseKeyType = (raw: unknown): KeyType | undefined =>
  KEY_TYPES.find(each => each === raw)
