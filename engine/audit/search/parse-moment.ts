import { parseDuration } from '../../../shared/duration.ts'
import { Invalid } from '../../../shared/invalid.ts'

/**
 * The time that a text such as `2026-01-31T08:00:00Z` or an age such as `2h` means, in milliseconds since 1970.
 * @throws {Invalid}
 */
export function parseMoment(text: string, now: Date): number {
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : now.getTime() - secondsIn(text) * 1000
  if (Number.isNaN(time))
    throw new Invalid(`${JSON.stringify(text)} is neither a time nor a duration`)
  return time
}

function secondsIn(text: string): number {
  try {
    return parseDuration(text)
  } catch {
    // the caller reports what was expected
    return Number.NaN
  }
}
