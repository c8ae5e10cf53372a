/** What an engine did in one part of a long run, and what it had at its end. */
export interface Slice {
  readonly mebibytes: number
  readonly descriptors: number
  /** Microseconds of processor time for a request. */
  readonly cpu: number
  /** Milliseconds of a request: half of them were as fast, and 99 of 100. Less what the engine waited for its core. */
  readonly p50: number
  readonly p99: number
}

/** How much something may grow in a run, as a part of what it is in the middle. */
const TOLERANCES: Readonly<Record<keyof Slice, number>> = {
  mebibytes: 0.1,
  descriptors: 0.1,
  cpu: 0.15,
  p50: 0.25,
  p99: 0.5,
}

/** The part of a run in which the engine warms up, which is not looked at. */
const WARM_UP = 0.25
/** Slices in a row of which the least counts. */
const WINDOW = 8
/** Fewer slices after the warm-up cannot be told from noise. */
const FEWEST = 2 * WINDOW

interface Flatness {
  /** A line for each thing that was looked at. */
  readonly text: string
  readonly isFlat: boolean
}

/**
 * Whether a run was flat after its warm-up. What other programs of the machine do, what waits to be collected, and what a disturbance
 * needs for a while can only add, so of each eight slices in a row the least is taken. Growth of that is measured twice, since each measure
 * is blind to something: by the median of the slopes between all pairs (Theil and Sen), which a late step does not move, and by the median
 * of the last quarter against that of the first. Runs too short to tell are not flat.
 */
export function flatness(slices: readonly Slice[]): Flatness {
  const warm = slices.slice(Math.ceil(slices.length * WARM_UP))
  if (warm.length < FEWEST) return { text: 'too short to tell', isFlat: false }
  const lines = Object.entries(TOLERANCES).map(([name, tolerance]) => {
    const values = leastOf(warm.map(each => each[name as keyof Slice]))
    const typical = median(values)
    const trend = (slope(values) * (values.length - 1)) / typical
    const step = stepOf(values) / typical
    const isFlat = trend <= tolerance && step <= tolerance
    const text = `${name}: ${typical.toFixed(1)}, trend ${percent(trend)}, step ${percent(step)}, at most ${percent(tolerance)}${isFlat ? '' : ', NOT FLAT'}`
    return { text, isFlat }
  })
  const text = lines.map(each => each.text).join('\n')
  return { text, isFlat: lines.every(each => each.isFlat) }
}

/** The least of each window. */
function leastOf(values: readonly number[]): readonly number[] {
  return values.slice(WINDOW - 1).map((_, at) => Math.min(...values.slice(at, at + WINDOW)))
}

/** The median of the slopes between all pairs, for one step of time. */
function slope(values: readonly number[]): number {
  return median(
    values.flatMap((from, at) =>
      values.slice(at + 1).map((to, after) => (to - from) / (after + 1)),
    ),
  )
}

/** By how much the median of the last quarter is above that of the first. */
function stepOf(values: readonly number[]): number {
  const quarter = Math.floor(values.length / 4)
  return median(values.slice(-quarter)) - median(values.slice(0, quarter))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}

const percent = (part: number) => `${part < 0 ? '' : '+'}${(part * 100).toFixed(1)} %`
