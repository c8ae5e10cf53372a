import { Invalid } from './invalid.ts'

const SECONDS = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
} as const

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g
const GO = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/
const DAYS = /^(\d+)d$/
const NUMBER = /^\d+(?:\.\d+)?$/

/** The longest duration in Vault, in seconds: 292 years. */
const LONGEST_SECONDS = 9_223_372_036

/** Characters of a duration at the most: errors repeat it. */
const MOST_CHARACTERS = 128

/**
 * Whole seconds of a duration as Vault writes it: seconds (`90`, `"90"`), Go's form (`"1h30m"`, `"1.5h"`) or days (`"2d"`).
 * An empty text is 0. Fractions of a second are cut off.
 * @throws {Invalid} for a negative duration and for anything else. Contract §1.6.
 */
export function parseDuration(raw: string | number): number {
  const text = String(raw).trim()
  if (text.length > MOST_CHARACTERS)
    throw new Invalid(`a duration has ${MOST_CHARACTERS} characters at the most`)
  if (text.startsWith('-')) throw new Invalid(`cannot provide negative value '${text}'`)
  const seconds = secondsOf(text)
  if (seconds === undefined || !Number.isFinite(seconds))
    throw new Invalid(
      `"${text}" is not a duration: write seconds, or a number with a unit as in "90s", "30m", "1h30m" or "2d"`,
    )
  if (seconds > LONGEST_SECONDS) throw new Invalid(`"${text}" is longer than 292 years`)
  return Math.trunc(seconds)
}

/** `5400` as `1h30m`, without parts that are zero. `0` is `0s`. */
export function formatDuration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ] as const
  const text = parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('')
  return text === '' ? '0s' : text
}

function secondsOf(text: string): number | undefined {
  if (text === '') return 0
  if (NUMBER.test(text)) return Number(text)
  const days = DAYS.exec(text)
  if (days) return Number(days[1]) * 86_400
  if (!GO.test(text)) return undefined
  let seconds = 0
  for (const [, count, unit] of text.matchAll(PART))
    seconds += Number(count) * SECONDS[unit as keyof typeof SECONDS]
  // rounding errors of decimal fractions may fall just below a whole second
  const [whole, tolerance] = [Math.round(seconds), Math.max(5e-10, seconds * 1e-15)]
  return Math.abs(whole - seconds) <= tolerance ? whole : seconds
}
