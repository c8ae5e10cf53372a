import { EXIT } from '../failure.ts'
import type { OtpState } from '../ssh/otp-state.ts'

/** How the watch over a password ended. */
interface OtpEnd {
  readonly text: string
  readonly code: number
}

/** What became of a password, for the user, and the exit code: 0 if it was used. Undefined for one that the engine does not tell about. */
export function otpEnd(state: OtpState | undefined): OtpEnd {
  if (state === undefined)
    return {
      text: 'The password has expired. This engine does not tell whether it was used.',
      code: EXIT.ok,
    }
  const { reason, time, by, host, replay } = state
  const at = time === '' ? '' : ` at ${time}`
  const from = by === undefined ? '' : ` from ${by}`
  const of = host === undefined ? '' : `, the host ${host}`
  const again = replay === undefined ? '' : `\nIt was presented again after that, from ${replay}.`
  switch (state.state) {
    case 'used':
      return { text: `Used${at}${from}${of}.${again}`, code: EXIT.ok }
    case 'refused':
      return { text: `Refused${at}${from}${of}: ${reason}.`, code: EXIT.local }
    case 'expired':
      return { text: 'Expired without being used.', code: EXIT.local }
    case 'revoked':
      return { text: `Revoked${at}.`, code: EXIT.local }
    default:
      return { text: `Ended: ${reason || state.state}.`, code: EXIT.local }
  }
}
