import { createHmac } from 'node:crypto'

/** 32 hexadecimal digits. */
const FORM = /^[0-9a-f]{32}$/

/**
 * The id of a storage, derived from its root key, which never changes. Without that key, no other storage with the same id can be made, so the
 * id may be public.
 */
export const clusterIdOf = (rootKey: Uint8Array): string =>
  createHmac('sha256', rootKey).update('postern cluster id 1').digest('hex').slice(0, 32)

export const isClusterId = (text: string): boolean => FORM.test(text)
