import { sourceOf } from './client-network.ts'
import { FairLimiter } from './fair-limiter.ts'
import type { Quota } from './quotas.ts'
import { RateLimiter } from './rate-limiter.ts'

/**
 * What anybody may ask without a token, redeeming passwords and logging in, where no quota says otherwise. Hundreds of hosts behind
 * one address can log in at once; somebody who guesses gets fifty tries a second.
 */
const PUBLIC_RATES = {
  each: { perSecond: 1000, burst: 2000 },
  together: { perSecond: 4000, burst: 8000 },
  quiet: 0.5,
}
const FAILURE = 20

/**
 * Refusals of requests that need a token and come without a good one. Each is written into the audit log, so that without a limit a
 * stranger could fill the disk. A thousand clients behind one address whose tokens have ended at the same time are all told so. What all
 * write together is bounded, too, whoever they are: many networks can be one stranger's, and who is turned away has lost nothing but the reason.
 */
const REFUSAL_RATES = {
  each: { perSecond: 20, burst: 1000 },
  together: { perSecond: 200, burst: 5000 },
  quiet: 1,
}

/**
 * No quota counts below these paths, or one that keeps everybody out could be undone by nobody; OpenBao exempts them, too. What anybody
 * may ask there is limited as everywhere. What a server must always answer is not asked for here at all.
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
  /** Whether it can be made by anybody, without a token. */
  readonly open: boolean
}

type ClientAddress = Pick<LimitedRequest, 'address'>

const BLOCKED = 65_536

/** Says who has made too many requests. Each process counts for itself. */
export class Limits {
  readonly #clock: () => number
  readonly #public = new FairLimiter(PUBLIC_RATES)
  readonly #probes = new FairLimiter(PUBLIC_RATES)
  readonly #unauthenticated = new FairLimiter(REFUSAL_RATES)
  /** The ones with the longest paths first. */
  #rules: readonly Rule[] = []

  /** @param clock milliseconds of a clock that nobody can set */
  constructor(clock = () => performance.now()) {
    this.#clock = clock
  }

  /** Takes over quotas; counts of those that have not changed go on. */
  set(quotas: readonly Quota[]): void {
    const old = new Map(this.#rules.map(rule => [JSON.stringify(rule.quota), rule]))
    this.#rules = quotas
      .map(quota => old.get(JSON.stringify(quota)) ?? ruleOf(quota))
      .sort((a, b) => b.quota.path.length - a.quota.path.length)
  }

  /** Counts a request. Gives the milliseconds after which to try again if it is one too many, 0 otherwise. */
  take({ path, address, open }: LimitedRequest): number {
    const source = sourceOf(address)
    const rule = this.#ruleFor(path)
    if (rule) return takeUnder(rule, source, this.#clock())
    return open ? this.#public.take(source, this.#clock()) : 0
  }

  /**
   * Gives back what {@link take} has counted, since it was a health check: hosts make them in place of logins that they refuse, which must not
   * keep others from logging in. Counts it among its own kind; gives the milliseconds to wait if it is one too many of those.
   */
  probed({ path, address }: Pick<LimitedRequest, 'path' | 'address'>): number {
    const [source, now] = [sourceOf(address), this.#clock()]
    const rule = this.#ruleFor(path)
    if (rule) rule.limiter.charge(source, now, -1)
    else this.#public.charge(source, now, -1)
    return this.#probes.take(source, now)
  }

  /** Notes that a request by anybody was refused: guessing costs more than knowing. Where a quota counts, it alone does. */
  failed({ path, address }: Pick<LimitedRequest, 'path' | 'address'>): void {
    if (!this.#ruleFor(path)) this.#public.charge(sourceOf(address), this.#clock(), FAILURE - 1)
  }

  /** Notes that a request was refused because it came without a good token. */
  refusedUnauthenticated({ address }: ClientAddress): void {
    this.#unauthenticated.take(sourceOf(address), this.#clock())
  }

  /** The milliseconds for which who comes without a good token should stay away; 0 if they may ask. */
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
