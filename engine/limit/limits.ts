import type { Quota } from './quotas.ts'
import { type Rate, RateLimiter } from './rate-limiter.ts'
import { sourceOf } from './source.ts'

/**
 * What anybody may ask without a token, redeeming passwords and logging in, where no quota says otherwise. Hundreds of hosts behind
 * one address can log in at once; somebody who guesses gets fifty tries a second.
 */
const ANYBODY: Rate = { perSecond: 1000, burst: 2000 }
const FAILURE = 20

/** The same for all sources together. */
const EVERYBODY: Rate = { perSecond: 4000, burst: 8000 }

/** A source with this part of its burst left is served although all together are too many: it is not the cause. */
const QUIET = 0.5

/**
 * No quota counts below this path, or one that keeps everybody out could be undone by nobody. Nor does any for what a server must always
 * answer, generate-root for example, which is not asked for here at all; OpenBao exempts that, too.
 */
const EXEMPT = 'sys/quotas'

interface Rule {
  readonly quota: Quota
  readonly limiter: RateLimiter
  /** By source, in milliseconds since 1970. */
  readonly blockedUntil: Map<string, number>
}

interface Asked {
  readonly path: string
  /** Where the request comes from. */
  readonly address: string
  /** Whether it can be made by anybody, without a token. */
  readonly open: boolean
}

const BLOCKED = 65_536

/** Says who has made too many requests. Each process counts for itself. */
export class Limits {
  readonly #sources = new RateLimiter(ANYBODY)
  readonly #together = new RateLimiter(EVERYBODY)
  /** The ones with the longest paths first. */
  #rules: readonly Rule[] = []

  /** Takes over quotas; counts of those that have not changed go on. */
  set(quotas: readonly Quota[]): void {
    const old = new Map(this.#rules.map(rule => [JSON.stringify(rule.quota), rule]))
    this.#rules = quotas
      .map(quota => old.get(JSON.stringify(quota)) ?? ruleOf(quota))
      .sort((a, b) => b.quota.path.length - a.quota.path.length)
  }

  /** Counts a request. Gives the milliseconds after which to try again if it is one too many, 0 otherwise. */
  take({ path, address, open }: Asked, now: Date): number {
    const [source, at] = [sourceOf(address), now.getTime()]
    const rule = this.#rules.find(({ quota }) => covers(quota.path, path))
    if (rule && !covers(EXEMPT, path)) return takeUnder(rule, source, at)
    if (!open) return 0
    const wait = this.#sources.take(source, at)
    if (wait > 0) return wait
    const crowded = this.#together.take('', at)
    return this.#sources.left(source, at) > QUIET ? 0 : crowded
  }

  /** Notes that a request by anybody was refused: guessing costs more than knowing. */
  failed({ address }: Pick<Asked, 'address'>, now: Date): void {
    this.#sources.charge(sourceOf(address), now.getTime(), FAILURE - 1)
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
