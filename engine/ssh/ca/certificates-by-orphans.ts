import type { Call } from '../../api/call.ts'
import { liveCertificates } from './live-certificates.ts'
import { allRevokedAuthorities } from './revocations.ts'

/** The most that are named. */
const MOST = 10_000

/** Valid certificates that orphan tokens have requested. */
export interface ByOrphans {
  readonly serials: readonly string[]
  /** There may be others, which were not looked at. */
  readonly more: boolean
}

/** The serial numbers of the valid certificates that were requested by orphan tokens which an entity has made. Bounded. */
export async function certificatesByOrphans(call: Call, entity: string): Promise<ByOrphans> {
  const gone = new Set((await allRevokedAuthorities(call)).map(({ id }) => id))
  const serials: string[] = []
  for await (const live of liveCertificates(call, ['creator', entity])) {
    serials.push(...live.filter(({ issuer }) => !gone.has(issuer)).map(({ serial }) => serial))
    if (serials.length >= MOST) return { serials, more: true }
  }
  return { serials, more: false }
}
