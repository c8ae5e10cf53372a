import { Tampered } from './aead.ts'

/** The result of a read; undefined if another program has written the value. */

export async function untampered<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Tampered) return undefined
    throw error
  }
}
