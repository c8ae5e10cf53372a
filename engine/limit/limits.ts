import { sourceOf } from './client-network.ts'
import { FairLimiter } from './fair-limiter.ts'
import type { Quota } from './quotas.ts'
import { RateLimiter } from './rate-limiter.ts'

/**
 * The default rate of requests without a token, such as verify and login. Hundreds of hosts behind one address can log in at once; a
 * client that guesses gets fifty attempts a second.
 */
const PUBLIC_RATES = {
  each: { perSecond: 1000, burst: 2000 },
  together: { perSecond: 4000, burst: 8000 },
  quiet: 0.5,
}
const FAILURE = 20

/**
 * The rate of requests that are refused for want of a valid token. Each is written to the audit log, so unauthenticated clients could
 * fill the disk. A thousand clients behind one address whose tokens expire together all get their refusal. The rate of all sources is
 * limited as well, since one attacker may have many networks; a client beyond it gets 429 instead of the reason.
 */
const REFUSAL_RATES = {
  each: { perSecond: 20, burst: 1000 },
  together: { perSecond: 200, burst: 5000 },
  quiet: 1,
}

/**
 * Quotas do not apply below these paths, so that a quota that refuses everything can be removed; OpenBao exempts them, too. The
 * default rates apply. Endpoints that must always answer are not limited at all.
 */
const EXEMPT = [
  ...['sys/quotas', 'sys/generate-root', 'sys/generate-root-token'],
  ...['sys/rekey', 'sys/rekey-recovery-key', 'sys/rotate/root', 'sys/rotate/recovery'],
]

interface Rule {
  readonly quota: Quota
  readonly limiter: RateLimiter
  /** By source. */
  readonly blockedUntil: Map<string, number>
}

interface LimitedRequest {
  readonly path: string
  /** Where the request comes from. */
  readonly address: string
  /** Whether it needs no token. */
  readonly open: boolean
}

type ClientAddress = Pick<LimitedRequest, 'address'>

const BLOCKED = 65_536

/** Enforces quotas and default rates. Each process counts for itself. */
export class Limits {
  readonly #clock: () => number
  readonly #public = new FairLimiter(PUBLIC_RATES)
  readonly #probes = new FairLimiter(PUBLIC_RATES)
  readonly #unauthenticated = new FairLimiter(REFUSAL_RATES)
  /** Longest paths first. */
  #rules: readonly Rule[] = []

  /** @param clock milliseconds of a monotonic clock */
  constructor(clock = () => performance.now()) {
    this.#clock = clock
  }

  /** Sets the quotas. Unchanged ones keep their counts. */
  set(quotas: readonly Quota[]): void {
    const old = new Map(this.#rules.map(rule => [JSON.stringify(rule.quota), rule]))
    this.#rules = quotas
      .map(quota => old.get(JSON.stringify(quota)) ?? ruleOf(quota))
      .sort((a, b) => b.quota.path.length - a.quota.path.length)
  }

  /** Counts a request. Returns 0 if it is within the limit, else the milliseconds after which to try again. */
  take({ path, address, open }: LimitedRequest): number {
    const source = sourceOf(address)
    const rule = this.#ruleFor(path)
    if (rule) return takeUnder(rule, source, this.#clock())
    return open ? this.#public.take(source, this.#clock()) : 0
  }

  /**
   * Undoes {@link take} for a health check and counts it with other health checks instead: hosts send one for each login that they
   * refuse, which must not use up the rate of real logins. Returns 0, or the milliseconds to wait if there are too many.
   */
  probed({ path, address }: Pick<LimitedRequest, 'path' | 'address'>): number {
    const [source, now] = [sourceOf(address), this.#clock()]
    const rule = this.#ruleFor(path)
    if (rule) rule.limiter.charge(source, now, -1)
    else this.#public.charge(source, now, -1)
    return this.#probes.take(source, now)
  }

  /** Charges a failed request without a token more, against guessing. Not if a quota applies. */
  failed({ path, address }: Pick<LimitedRequest, 'path' | 'address'>): void {
    if (!this.#ruleFor(path)) this.#public.charge(sourceOf(address), this.#clock(), FAILURE - 1)
  }

  /** Counts a request that was refused for want of a valid token. */
  refusedUnauthenticated({ address }: ClientAddress): void {
    this.#unauthenticated.take(sourceOf(address), this.#clock())
  }

  /** Returns 0 if a client without a valid token may make a request, else the milliseconds to wait. */
  unauthenticatedWait({ address }: ClientAddress): number {
    return this.#unauthenticated.wait(sourceOf(address), this.#clock())
  }

  #ruleFor(path: string): Rule | undefined {
    if (EXEMPT.some(prefix => covers(prefix, path))) return undefined
    return this.#rules.find(({ quota }) => covers(quota.path, path))
  }
}

const ruleOf = (quota: Quota): Rule => {
  const perSecond = quota.rate / quota.interval
  const limiter = new RateLimiter({ perSecond, burst: Math.max(1, quota.rate) })
  return { quota, limiter, blockedUntil: new Map() }
}

function takeUnder({ quota, limiter, blockedUntil }: Rule, source: string, now: number): number {
  const blocked = (blockedUntil.get(source) ?? 0) - now
  if (blocked > 0) return blocked
  blockedUntil.delete(source)
  const wait = limiter.take(source, now)
  if (wait === 0 || quota.blockInterval === 0) return wait
  const [first] = blockedUntil.keys()
  if (blockedUntil.size >= BLOCKED && first !== undefined) blockedUntil.delete(first)
  blockedUntil.set(source, now + quota.blockInterval * 1000)
  return quota.blockInterval * 1000
}

const covers = (prefix: string, path: string) =>
  prefix === '' || path === prefix || path.startsWith(`${prefix}/`)
