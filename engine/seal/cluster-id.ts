import { createHmac } from 'node:crypto'

/** 32 hexadecimal digits. */
const FORM = /^[0-9a-f]{32}$/

/**
 * Names a storage by its root key, which it keeps for as long as it is there. Nobody can make another storage with the same name without
 * having that key, so the name may be public.
 */
export const clusterIdOf = (rootKey: Uint8Array): string =>
  createHmac('sha256', rootKey).update('postern cluster id 1').digest('hex').slice(0, 32)

export const isClusterId = (text: string): boolean => FORM.test(text)
