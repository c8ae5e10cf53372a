import { CHUNK, readRange } from './lines-backwards.ts'
import { timeOfLine, timeText } from './time-of-line.ts'

const LF = 10

/** Bytes that are read to find a line with its time: more than any line has. */
const STEP = 512 * 1024

/**
 * Where a log whose lines are in the order of their times has those until `time`: an end that is at most a block too far.
 * @param time milliseconds since 1970
 */
export function endBefore(file: number, size: number, time: number): number {
  const until = timeText(time)
  let [low, high] = [0, size]
  while (high - low > CHUNK) {
    const middle = Math.floor((low + high) / 2)
    const found = firstTime(file, middle, size)
    if (found === undefined || found <= until) low = middle
    else high = middle
  }
  return endOfLine(file, high, size)
}

/** The time of the first line that begins behind a position. */
function firstTime(file: number, from: number, size: number): string | undefined {
  const bytes = readRange(file, from, Math.min(size, from + STEP))
  for (let at = bytes.indexOf(LF) + 1; at > 0; at = bytes.indexOf(LF, at) + 1) {
    const time = timeOfLine(bytes.subarray(at))
    if (time !== undefined) return time
  }
  return undefined
}

function endOfLine(file: number, from: number, size: number): number {
  const at = readRange(file, from, Math.min(size, from + STEP)).indexOf(LF)
  return at < 0 ? size : from + at + 1
}
