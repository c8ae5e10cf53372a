/** Seconds: the upper edge of the first bucket, and the factor from one edge to the next. The last is at more than a minute. */
const FIRST = 0.0001
const FACTOR = 1.15
const BUCKETS = 97

/** Durations, in buckets whose edges are 15 % apart, so that percentiles take little memory and no sorting. */
export class LatencyBuckets {
  readonly #counts = new Uint32Array(BUCKETS)
  #total = 0

  /** @param seconds longer ones count as the longest */
  add(seconds: number): void {
    const at = Math.ceil(Math.log(Math.max(seconds, FIRST) / FIRST) / Math.log(FACTOR))
    const bucket = Math.min(at, BUCKETS - 1)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#total++
  }

  /** The percentiles in seconds, at most 15 % too long, and begins anew; null without durations. */
  take(): Readonly<Record<'p50' | 'p95' | 'p99', number | null>> {
    const found = { p50: this.#at(0.5), p95: this.#at(0.95), p99: this.#at(0.99) }
    this.#counts.fill(0)
    this.#total = 0
    return found
  }

  #at(part: number): number | null {
    let left = part * this.#total
    const bucket = this.#counts.findIndex(count => {
      left -= count
      return count > 0 && left <= 0
    })
    return bucket < 0 ? null : Number((FIRST * FACTOR ** bucket).toPrecision(3))
  }
}
