import { Tampered } from './aead.ts'

/** The value, or undefined if it was not written by the engine. */
export async function untampered<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Tampered) return undefined
    throw error
  }
}
