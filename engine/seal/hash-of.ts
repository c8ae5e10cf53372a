import { createHash, timingSafeEqual } from 'node:crypto'

/** The hash that is stored of a key or share. It is not salted: they are random, so the hash cannot be attacked by guessing. */
export const hashOf = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex')

/** Compares in constant time. */
export const hashFits = (key: Uint8Array, hash: string): boolean =>
  timingSafeEqual(Buffer.from(hashOf(key)), Buffer.from(hash))
