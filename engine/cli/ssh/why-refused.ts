import type { Client } from '../client.ts'
import { RequestError } from '../request-error.ts'
import type { Credential } from './credential.ts'
import { type OtpState, otpState } from './otp-state.ts'

/** Milliseconds in which hosts end a refused login (LoginGraceTime); after that, a session was interrupted. */
const LOGIN_GRACE = 120_000

interface Login {
  readonly mount: string
  /** Milliseconds since the password was requested. */
  readonly age: number
}

/** What the engine knows about a login that was refused although the host got the password; `undefined` if it knows nothing. */
export async function whyRefused(
  { envelope: { lease_id: lease, lease_duration } }: Credential,
  { mount, age }: Login,
  client: Client,
): Promise<string | undefined> {
  if (!lease || age > LOGIN_GRACE) return undefined
  const known = await otpState(client, { mount, lease })
  if (known) return said(known)
  try {
    await client.write('sys/leases/lookup', { lease_id: lease })
    return UNUSED
  } catch (error) {
    const gone =
      error instanceof RequestError && error.errors.some(text => text === 'invalid lease')
    if (!gone) return undefined
    return age >= lease_duration * 1000 ? EXPIRED : REDEEMED
  }
}

function said({ state, reason, by, replay }: OtpState): string | undefined {
  const from = by === undefined ? '' : `\nThe host's request came from ${by}.`
  switch (state) {
    case 'waiting':
      return UNUSED
    case 'used':
      return `${REDEEMED}${from}${replay === undefined ? '' : `\n${replayed(replay)}`}`
    case 'refused':
      return `The engine refused the one-time password: ${reason}.${from}`
    case 'expired':
      return EXPIRED
    case 'revoked':
      return 'The one-time password was revoked before the host redeemed it.'
    case 'ended':
      return `The one-time password was ${reason}.`
    default:
      return undefined
  }
}

const replayed = (replay: string) =>
  `It was presented again after that, from ${replay}. Unless the host asked twice because an answer was lost, somebody\nelse has seen the password: tell your administrator.`

const UNUSED =
  'The host never redeemed the one-time password: its helper did not reach the engine, or\nthe host refused the login before that. See the logs of the host: journalctl -t postern-helper, and that of sshd.'

const REDEEMED =
  'The host redeemed the one-time password. If you are not logged in, it refused after that, for example because\nit does not allow the role or the user. See its logs: journalctl -t postern-helper, and that of sshd.'

const EXPIRED = 'The one-time password had expired before the host redeemed it.'
