/** What one process did within an interval. */
interface Sample {
  readonly time: string
  readonly requests: number
  readonly errors: number
  readonly otp_verified: number
  readonly otp_refused: number
  readonly certificates_signed: number
  /** In seconds; null where there was no request. */
  readonly latency: { readonly p50: number | null; readonly p99: number | null }
  /** Null while they are not counted. */
  readonly leases: number | null
}

/** The last hour of one process, the oldest sample first. */
export interface Activity {
  /** Seconds between two samples. */
  readonly interval: number
  readonly process: { readonly node: string; readonly pid: number; readonly worker?: number }
  readonly samples: readonly Sample[]
}

/** What was counted in an interval of so many seconds, as a rate. */
export const perMinute = (count: number, interval: number): number => (count * 60) / interval
