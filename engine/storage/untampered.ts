import { Tampered } from './aead.ts'

/** What is read; undefined, as for what is not there, where somebody else has written it. */
export async function untampered<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Tampered) return undefined
    throw error
  }
}
