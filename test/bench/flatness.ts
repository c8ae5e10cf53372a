/** What an engine did in one part of a long run, and what it had at its end. */
export interface Slice {
  readonly perSecond: number
  /** Microseconds of processor time for a pair of requests. */
  readonly cpu: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly mebibytes: number
  readonly descriptors: number
}

/**
 * How many times what it was in the second quarter something may be in the last; the first quarter warms up. Processor time tells more
 * than the clock, which other programs of the machine slow down.
 */
const LIMITS = { mebibytes: 1.25, descriptors: 1.25, cpu: 1.5, p50: 3 } as const

/** Whether a run was flat, with a line for each thing that was looked at. Runs too short to tell are not. */
export function flatness(slices: readonly Slice[]): {
  readonly text: string
  readonly isFlat: boolean
} {
  const quarter = Math.floor(slices.length / 4)
  if (quarter === 0) return { text: 'too short to tell', isFlat: false }
  const [early, last] = [slices.slice(quarter, 2 * quarter), slices.slice(-quarter)]
  const lines = Object.entries(LIMITS).map(([name, limit]) => {
    const [before, after] = [early, last].map(part => median(part, name as keyof typeof LIMITS))
    const ratio = (after ?? 0) / (before ?? 0)
    return { name, before, after, ratio, limit, isFlat: ratio <= limit }
  })
  const text = lines
    .map(
      ({ name, before, after, ratio, limit, isFlat }) =>
        `${name}: ${before?.toFixed(1)}, then ${after?.toFixed(1)}: ${ratio.toFixed(2)}, at most ${limit}${isFlat ? '' : ', NOT FLAT'}`,
    )
    .join('\n')
  return { text, isFlat: lines.every(each => each.isFlat) }
}

function median(slices: readonly Slice[], name: keyof typeof LIMITS): number {
  const sorted = slices.map(each => each[name]).toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}
