import { setTimeout } from 'node:timers/promises'
import type { Client } from '../client.ts'
import { ConnectionError } from '../connection-error.ts'
import type { Envelope } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { RequestError } from '../request-error.ts'

/** Milliseconds for the user to log in at the provider; servers give up before. */
const LOGIN_TIMEOUT = 30 * 60_000

/** Seconds to wait longer from now on, when a server asks for that or does not answer. RFC 8628 §3.5. */
const SLOWER = 5

/** Polls in a row that may get no answer: any node can answer the next one. */
const MOST_LOST = 2

interface BegunLogin {
  /** The mount of the method, without `auth/`. */
  readonly mount: string
  readonly state: string
  readonly client_nonce: string
  /** Seconds between polls. */
  readonly interval: number
}

/**
 * Asks the server again and again until the user has logged in at the provider.
 * @param pause waits for some milliseconds
 * @throws {Failure} after {@link LOGIN_TIMEOUT}
 */
export async function pollLogin(
  client: Pick<Client, 'write'>,
  { mount, state, client_nonce, interval }: BegunLogin,
  pause: (ms: number) => Promise<unknown> = setTimeout,
): Promise<Envelope | undefined> {
  const end = performance.now() + LOGIN_TIMEOUT
  for (let [wait, lost] = [interval, 0]; performance.now() < end; ) {
    await pause(wait * 1000)
    try {
      return await client.write(`auth/${mount}/oidc/poll`, { state, client_nonce })
    } catch (error) {
      lost = isLost(error) ? lost + 1 : 0
      const errors = error instanceof RequestError ? error.errors : []
      if (errors.includes('slow_down') || (lost > 0 && lost <= MOST_LOST)) wait += SLOWER
      else if (!errors.includes('authorization_pending')) throw error
    }
  }
  throw new Failure('timed out waiting for response from provider', EXIT.server)
}

/** Whether the server did not answer, or not yet, as one that is being restarted. */
const isLost = (error: unknown) =>
  error instanceof ConnectionError || (error instanceof RequestError && error.status === 503)
