import { Invalid } from '../../shared/invalid.ts'
import { effectiveTtl, type MountView } from '../api/call.ts'
import { cappedPeriod } from './capped-period.ts'

/** How long a new token lives. Spans are seconds, 0 for none. */
export interface Life {
  /** 0 for ever. */
  readonly ttl: number
  readonly period: number
  readonly explicitMaxTtl: number
  /** What a client should hear of what it does not get. */
  readonly warnings?: readonly string[]
}

interface Wanted {
  readonly ttl: number
  readonly period: number
  readonly explicitMaxTtl: number
  readonly isRoot: boolean
  /** The token that makes it does not live for ever. */
  readonly parentEnds: boolean
  readonly mount: MountView
}

/** How long a token lives of which this is wanted: only root tokens live for ever. @throws {Invalid} Contract §4.4. */
export function lifeOf({ ttl, isRoot, parentEnds, mount, ...limits }: Wanted): Life {
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

/** The smaller of two spans or numbers of which 0 is none. */
export const lesser = (a: number, b = 0): number =>
  a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b)
