import type { Client } from '../client.ts'
import { RequestError } from '../request-error.ts'
import type { Credential } from './credential.ts'

/** Milliseconds in which hosts end a refused login (LoginGraceTime); after that, a session was interrupted. */
const LOGIN_GRACE = 120_000

/**
 * What the engine knows about a login that was refused although the host got the password; `undefined` if it knows nothing.
 * @param age of the password in milliseconds
 */
export async function whyRefused(
  { envelope: { lease_id, lease_duration } }: Credential,
  age: number,
  client: Client,
): Promise<string | undefined> {
  if (!lease_id || age > LOGIN_GRACE) return undefined
  try {
    await client.write('sys/leases/lookup', { lease_id })
    return UNUSED
  } catch (error) {
    const gone =
      error instanceof RequestError && error.errors.some(text => text === 'invalid lease')
    if (!gone) return undefined
    return age >= lease_duration * 1000 ? EXPIRED : REDEEMED
  }
}

const UNUSED =
  'The host never redeemed the one-time password, which is revoked now: its helper did not reach the engine, or\nthe host refused the login before that. See the logs of the host: journalctl -t postern-helper, and that of sshd.'

const REDEEMED =
  'The host redeemed the one-time password. If you are not logged in, it refused after that, for example because\nit does not allow the role or the user. See its logs: journalctl -t postern-helper, and that of sshd.'

const EXPIRED = 'The one-time password had expired before the host redeemed it.'
