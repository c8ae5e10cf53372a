import { isSignedBy, parsePublicKey } from '../../../shared/ed25519.ts'
import { hostRequestText } from '../../../shared/host-signature.ts'
import type { Call } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import type { SignedBy } from '../../api/request.ts'
import { findHost, type Host } from './hosts.ts'
import type { SeenHosts } from './seen-hosts.ts'
import { verifySettings } from './verify-settings-paths.ts'

/** Who has sent a request: a host, nobody who says so, or a host that is refused. `isElsewhere`: its key has just been used from another address. */
export type HostCheck =
  | { readonly host: Host | undefined; readonly isElsewhere?: boolean; readonly refusal?: never }
  | { readonly host?: never; readonly isElsewhere?: never; readonly refusal: HostRefusal }

/** The sentence that is answered, and the reason for metrics and audit. */
interface HostRefusal {
  readonly message: string
  readonly reason: string
}

type HostCall = Pick<Call, 'tx' | 'now' | 'mount' | 'path' | 'address' | 'signedBy' | 'warn'>

/** Looks at the signature and the state of the host that a request names. One that is accepted is noted as seen. */
export async function checkHost(call: HostCall, seen: SeenHosts): Promise<HostCheck> {
  const { tx, now, mount, signedBy: signed } = call
  if (!signed) return { host: undefined }
  const host = await findHost(tx, signed.host)
  // who cannot sign for a host learns nothing about it
  if (!host || !isSignedByHost(host, signed, call)) return { refusal: NOT_ENROLLED }
  if (host.disabled)
    return { refusal: { message: `host "${host.name}" is disabled`, reason: 'disabled host' } }
  const { host: name, report } = signed
  const skew = skewOf(signed, now)
  const values = skew === undefined ? {} : { clock_skew: Math.round(skew) }
  const isElsewhere = seen.note(mount.id, now, { name, address: call.address, report, values })
  if (isElsewhere)
    call.warn?.(
      `the key of host "${name}" was used from ${call.address} and from another address within an hour: it may have been copied, unless the host is behind NAT or has changed its address`,
    )
  return { host, isElsewhere }
}

/**
 * The same for requests other than verify: also refuses a host whose clock is off.
 * @throws {ApiError} invalid
 */
export async function requireHost(call: HostCall, seen: SeenHosts): Promise<Host | undefined> {
  const { host, refusal } = await checkHost(call, seen)
  if (refusal) throw new ApiError('invalid', refusal.message)
  if (call.signedBy) await requireClock(call, call.signedBy)
  return host
}

async function requireClock({ tx, now }: HostCall, signed: SignedBy): Promise<void> {
  const { maxSkew } = await verifySettings(tx)
  const skew = skewOf(signed, now)
  if (skew !== undefined && Math.abs(skew) <= maxSkew) return
  throw new ApiError(
    'invalid',
    `the clock of the host says ${JSON.stringify(signed.time)}, that of the engine ${now.toISOString()}: they may be ${maxSkew} seconds apart (max_skew)`,
  )
}

/** What is answered where only enrolled hosts may verify. */
export const ANONYMOUS: HostRefusal = {
  message: 'this mount verifies passwords for enrolled hosts only: postern-helper enroll',
  reason: 'anonymous',
}

const NOT_ENROLLED: HostRefusal = {
  message:
    'the request is not signed with the key of an enrolled host: enrol the host, postern-helper enroll',
  reason: 'host signature',
}

function isSignedByHost(host: Host, signed: SignedBy, { path, mount }: HostCall): boolean {
  if (host.publicKey === undefined || host.name !== signed.host) return false
  const below = path.slice(mount.path.length)
  const text = hostRequestText({ ...signed, path: below })
  return isSignedBy(parsePublicKey(host.publicKey), text, signed.signature)
}

/** Seconds that the clock of the host is ahead; undefined if it has sent no time. */
function skewOf({ time }: SignedBy, now: Date): number | undefined {
  const at = TIME.test(time) ? Date.parse(time) : Number.NaN
  return Number.isNaN(at) ? undefined : (at - now.getTime()) / 1000
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/
