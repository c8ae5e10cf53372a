import { Invalid } from '../../shared/invalid.ts'
import { effectiveTtl, type MountView } from '../api/call.ts'
import { cappedPeriod } from './capped-period.ts'

/** The lifetime of a new token. Durations are in seconds, 0 for none. */
export interface Life {
  /** 0 for no expiry. */
  readonly ttl: number
  readonly period: number
  readonly explicitMaxTtl: number
  /** Warnings about values that were capped. */
  readonly warnings?: readonly string[]
}

interface LifeRequest {
  readonly ttl: number
  readonly period: number
  readonly explicitMaxTtl: number
  readonly isRoot: boolean
  /** The parent token expires. */
  readonly parentEnds: boolean
  readonly mount: MountView
}

/** The lifetime of a token, from the requested values. Only root tokens can have no expiry. Contract §4.4. @throws {Invalid} */
export function lifeOf({ ttl, isRoot, parentEnds, mount, ...limits }: LifeRequest): Life {
  const { period, explicitMaxTtl } = limits
  if (isRoot && period === 0 && ttl === 0) {
    if (explicitMaxTtl === 0 && parentEnds)
      throw new Invalid('expiring root tokens cannot create non-expiring root tokens')
    return { ...limits, ttl: explicitMaxTtl }
  }
  if (period > 0)
    return { ...limits, ...cappedPeriod(period, lesser(mount.maxTtl, explicitMaxTtl)) }
  return { ...limits, ttl: effectiveTtl(mount, { ttl, maxTtl: explicitMaxTtl }) }
}

/** The smaller of two durations or numbers, where 0 stands for no limit. */
export const lesser = (a: number, b = 0): number =>
  a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b)
