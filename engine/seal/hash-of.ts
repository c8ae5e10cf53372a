import { createHash, timingSafeEqual } from 'node:crypto'

/** What is stored of a key, or of a share: they are random, so nothing can be tried out on the hash. */
export const hashOf = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex')

/** Told in constant time. */
export const hashFits = (key: Uint8Array, hash: string): boolean =>
  timingSafeEqual(Buffer.from(hashOf(key)), Buffer.from(hash))
