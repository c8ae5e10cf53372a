import { duration, string } from '../../../shared/field.ts'
import type { Call, Prelude } from '../../api/call.ts'
import { type AccessCheck, endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { OtpWaits } from './otp-waits.ts'
import {
  type Found,
  findByLease,
  isIssuedTo,
  loginOf,
  MISSES,
  type Otp,
  type Presented,
} from './otps.ts'

/** Seconds that a request waits at the most. Proxies between client and engine may end it earlier. */
const LONGEST_WAIT = 30

/** `otp`: what became of a password, for whoever requested it. */
export const otpState = (waits: OtpWaits) =>
  endpoint({
    path: 'otp',
    plainReplyKeys: ['state', 'reason', 'role', 'ip', 'client_address', 'correlation_id', 'host'],
    summary: 'Shows what became of a one-time password.',
    description:
      'Answers with the state of the password: waiting, used, refused, expired or revoked, and who presented it, when and from where. The token that requested the password, and every token of the same entity, may ask without a policy. The engine does not know whether the host let the user in afterwards. A used password is remembered until its lease would have ended; presenting it again is shown as a replay.',
    fields: {
      lease_id: string({
        default: '',
        required: true,
        description: 'Lease id of the password, as creds returned it.',
      }),
      wait: duration({
        default: 0,
        description: `How long to wait until something happens to a password that is still valid, ${LONGEST_WAIT}s at the most. Without it, the answer comes at once.`,
      }),
    },
    isOwner: isOwnPassword,
    waits: true,
    async prepare({ lease_id: lease, wait }, prelude) {
      const before = await prelude.transact(tx => findByLease(tx, lease))
      if (before) await waitForChange(waits, before, { prelude, wait })
      return before
    },
    operations: {
      update: async function showOtpState({ lease_id: lease }, { tx, now }, before) {
        if (lease === '') throw new ApiError('invalid', 'lease_id must be specified')
        const found = await findByLease(tx, lease)
        if (found) return { data: described(found.otp, now) }
        if (before?.otp.issuer && !before.otp.ended) return { data: gone(before.otp, now) }
        throw new ApiError(
          'missing',
          'no one-time password with this lease_id is known: its record is deleted after the end of its lease, and engines of older versions keep none',
        )
      },
    },
  })

/** Whoever requested a password may ask for it, also after another login. Nothing is told about an id that does not exist. */
async function isOwnPassword(
  ...[{ lease_id: lease }, { tx, caller }]: Parameters<AccessCheck>
): Promise<boolean> {
  if (typeof lease !== 'string') return false
  const found = await findByLease(tx, lease)
  return found === undefined || isIssuedTo(found.otp, caller)
}

/** Waits while the password is valid, but not beyond its end. */
async function waitForChange(
  waits: OtpWaits,
  found: Found,
  { prelude, wait }: { readonly prelude: Prelude; readonly wait: number },
): Promise<void> {
  // timers may be early by a millisecond, and it must have expired then
  const left = found.otp.expiresAt - prelude.now.getTime() + 10
  if (wait > 0 && left > 0)
    await waits.untilChange(found, prelude, Math.min(left, Math.min(wait, LONGEST_WAIT) * 1000))
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString()

/** The end of a password whose record disappeared during the wait. */
const gone = (otp: Otp, now: Call['now']) =>
  otp.expiresAt <= now.getTime()
    ? described(otp, now)
    : {
        ...login(otp),
        state: 'ended',
        reason: 'used or revoked, by an engine that keeps no record',
      }

function described(otp: Otp, now: Call['now']): object {
  const { ended, refused, misses } = otp
  const { state, at, by } = ended ?? stateOf(otp, now)
  const missesLeft = ended || state === 'expired' ? 0 : MISSES - misses
  const replays = ended?.replays
  return {
    ...login(otp),
    state,
    ...(at !== undefined && { time: iso(at) }),
    ...(state === 'refused' && refused && { reason: refused.reason }),
    ...(by && client(by)),
    ...(misses > 0 && { misses, misses_left: missesLeft }),
    ...(replays && {
      replays: replays.count,
      last_replay: { time: iso(replays.last.at), ...client(replays.last) },
    }),
  }
}

interface State {
  readonly state: 'waiting' | 'refused' | 'expired'
  readonly at?: number
  readonly by?: Presented
}

/** The state of a password that has no tombstone. */
function stateOf({ expiresAt, refused }: Otp, now: Call['now']): State {
  if (expiresAt <= now.getTime()) return { state: 'expired', at: expiresAt }
  return refused ? { state: 'refused', at: refused.at, by: refused } : { state: 'waiting' }
}

const login = (otp: Otp) => ({
  ...loginOf(otp),
  expire_time: iso(otp.ended?.expiresAt ?? otp.expiresAt),
})

const client = ({ address, requestId, correlation, host }: Presented) => ({
  client_address: address,
  request_id: requestId,
  ...(correlation !== undefined && { correlation_id: correlation }),
  ...(host !== undefined && { host }),
})
