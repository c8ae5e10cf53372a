import { isControlled, shown } from '../../../shared/printable.ts'
import { attempt } from '../../../shared/result.ts'
import type { Client } from '../client.ts'
import { RequestError } from '../request-error.ts'

/** What the engine says became of a password. */
export interface OtpState {
  readonly state: string
  readonly reason: string
  /** When it got into this state, in ISO 8601; empty while it waits. */
  readonly time: string
  /** The enrolled host that presented it. */
  readonly host: string | undefined
  /** Who presented it: address and correlation id. */
  readonly by: string | undefined
  /** Who presented it again after it had been used. */
  readonly replay: string | undefined
}

interface OtpLease {
  readonly mount: string
  readonly lease: string
  /** Seconds to wait for a change, while it waits to be used; 30 at the most. */
  readonly wait?: number
}

/** Asks the engine. Undefined if it cannot tell: Vault and older engines have no such path, and records are deleted in time. */
export async function otpState(
  client: Client,
  { mount, lease, wait = 0 }: OtpLease,
): Promise<OtpState | undefined> {
  const question = { lease_id: lease, ...(wait > 0 && { wait }) }
  const asked = await attempt(() => client.write(`${mount}/otp`, question))
  if (!asked.ok && asked.error instanceof RequestError && UNKNOWN.includes(asked.error.status))
    return undefined
  if (!asked.ok) throw asked.error
  const data = asked.value?.data
  if (typeof data?.state !== 'string') return undefined
  const { state, reason, time, host } = data
  return {
    state,
    reason: typeof reason === 'string' ? printable(reason) : '',
    time: typeof time === 'string' ? printable(time) : '',
    host: typeof host === 'string' ? printable(host) : undefined,
    by: presenter(data),
    replay: presenter(data.last_replay),
  }
}

/** Without a policy, a path that does not exist is answered with 403. */
const UNKNOWN = [403, 404, 405]

function presenter(presented: unknown): string | undefined {
  if (typeof presented !== 'object' || presented === null) return undefined
  const { client_address: address, correlation_id: correlation } = presented as Record<
    string,
    unknown
  >
  if (typeof address !== 'string') return undefined
  return typeof correlation === 'string'
    ? `${printable(address)}, correlation id ${shown(correlation)}`
    : printable(address)
}

const printable = (text: string) => (isControlled(text) ? shown(text) : text)
