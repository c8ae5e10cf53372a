import { setTimeout } from 'node:timers/promises'

/** Waits for `work`, but no longer than so many milliseconds; the work then goes on alone. @throws the error of the work, if it fails in time */
export async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const late = new AbortController()
  try {
    const limit = setTimeout(milliseconds, undefined, { ref: false, signal: late.signal })
    await Promise.race([work, limit.catch(() => undefined)])
  } finally {
    late.abort()
  }
}
