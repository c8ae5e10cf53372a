import type { Event } from '../api/event.ts'
import { LatencyBuckets } from './latency-buckets.ts'

/** Seconds between two samples. */
export const INTERVAL = 10

/** Samples that are kept: an hour. */
const KEPT = 360

/** An answered request. */
interface AnsweredRequest {
  /** Of the mount; empty where there is none. */
  readonly mount: string
  /** As it was declared: `login/:username`. */
  readonly path: string
  readonly status: number
  readonly seconds: number
  /** It may have waited for something to happen, so its duration says nothing. */
  readonly waits: boolean
}

const COUNTED = {
  otp_issued: 'otp_issued',
  otp_verified: 'otp_verified',
  otp_refused: 'otp_refused',
  certificate_signed: 'certificates_signed',
  key_installed: 'keys_installed',
} as const

const ZERO = {
  ...{ requests: 0, errors: 0, logins: 0, logins_failed: 0 },
  ...{ otp_issued: 0, otp_verified: 0, otp_refused: 0, certificates_signed: 0, keys_installed: 0 },
}

/** What happened since the sample before, and how many leases there are. */
export interface ActivitySample extends Readonly<typeof ZERO> {
  /** RFC 3339. */
  readonly time: string
  /** Seconds; null without requests. */
  readonly latency: Readonly<Record<'p50' | 'p95' | 'p99', number | null>>
  /** In the store, as they were last counted; null before. */
  readonly leases: number | null
}

/** What this process has done in the last hour, for plots. Nothing of it is stored. */
export class Activity {
  #counts = { ...ZERO }
  readonly #latency = new LatencyBuckets()
  readonly #samples: ActivitySample[] = []
  #leases: number | null = null

  answered({ mount, path, status, seconds, waits }: AnsweredRequest): void {
    this.#counts.requests++
    if (status >= 500) this.#counts.errors++
    if (!waits) this.#latency.add(seconds)
    if (!mount.startsWith('auth/') || !LOGIN.test(path)) return
    if (status === 200) this.#counts.logins++
    else if (REFUSED.includes(status) && !PENDING.test(path)) this.#counts.logins_failed++
  }

  happened({ name }: Event): void {
    if (name in COUNTED) this.#counts[COUNTED[name as keyof typeof COUNTED]]++
  }

  /** Takes a sample every {@link INTERVAL} until the result is disposed of. @param leases counts those in the store */
  start({ now, leases }: { now: () => Date; leases: () => Promise<number> }): Disposable {
    const timer = setInterval(() => {
      this.sample(now())
      // the next sample has it: counting takes a while
      leases().then(
        count => {
          this.#leases = count
        },
        () => undefined,
      )
    }, INTERVAL * 1000).unref()
    return { [Symbol.dispose]: () => clearInterval(timer) }
  }

  /** Ends a sample now. */
  sample(now: Date): void {
    const latency = this.#latency.take()
    this.#samples.push({
      time: now.toISOString(),
      ...this.#counts,
      latency,
      leases: this.#leases,
    })
    if (this.#samples.length > KEPT) this.#samples.shift()
    this.#counts = { ...ZERO }
  }

  /** Those after a time, which is that of a sample; all of them for an empty one. The oldest first. */
  since(time: string): readonly ActivitySample[] {
    const at = this.#samples.findLastIndex(sample => sample.time === time)
    return this.#samples.slice(at + 1)
  }
}

const LOGIN = /^(?:login(?:\/|$)|oidc\/(?:callback|poll)$)/

/** A login that is not confirmed yet is refused as a wrong one is. */
const PENDING = /^oidc\/poll$/

const REFUSED = [400, 403]
