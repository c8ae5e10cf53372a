import type { Client } from '../client.ts'
import { RequestError } from '../request-error.ts'
import type { Credential } from './credential.ts'

/** Milliseconds in which hosts end a login that is not let in (LoginGraceTime); later it was a session that broke off. */
const LOGIN_GRACE = 120_000

/**
 * What the engine knows of a login that was not let in although the host was given the password; nothing where it does not say.
 * @param age milliseconds since the password was made
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
  'The host never redeemed the one-time password, which is revoked now: its helper did not reach the engine, or\nthe host refused before that. The log of the host says why: journalctl -t postern-helper, or that of sshd.'

const REDEEMED =
  'The host redeemed the one-time password. If it did not let you in, it refused after that, for example because\nit does not allow the role or the user: its log says why: journalctl -t postern-helper, or that of sshd.'

const EXPIRED = 'The one-time password had expired before the host redeemed it.'
