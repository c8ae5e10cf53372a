const START = '{"time":"'
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const LENGTH = '2026-01-31T08:00:00.000Z'.length

/** The time at the beginning of a line, in RFC 3339, which sorts as text does; `undefined` for what is no line of a log. */
export function timeOfLine(line: Buffer): string | undefined {
  const text = line.toString('latin1', 0, START.length + LENGTH)
  const time = text.slice(START.length)
  return text.startsWith(START) && TIME.test(time) ? time : undefined
}

/** A time as lines have it, to be compared with theirs; the earliest or latest one that they can have for others. */
export const timeText = (milliseconds: number): string =>
  new Date(Math.min(Math.max(milliseconds, 0), LATEST)).toISOString()

const LATEST = Date.UTC(9999, 11, 31)
