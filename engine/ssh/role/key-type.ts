/** The kinds of credential that roles issue: the values of `key_type`. */
export const KEY_TYPES = ['otp', 'ca', 'dynamic'] as const

export type KeyType = (typeof KEY_TYPES)[number]

/** The kinds that `creds` issues with a lease; certificates are signed instead. */
export type LeasedKeyType = Exclude<KeyType, 'ca'>

/** `undefined` for anything but the name of a kind. */
export const parseKeyType = (raw: unknown): KeyType | undefined =>
  KEY_TYPES.find(each => each === raw)
