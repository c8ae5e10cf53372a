import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import { RequestError } from '../request-error.ts'
import { refusesAddress } from './credential.ts'
import { whyUnreached } from './role-reach.ts'
import { mayUse } from './shown-role.ts'
import type { Target } from './target.ts'

interface Place {
  readonly client: Client
  readonly mount: string
  readonly role: string
}

/** Why the engine issued no credential, if that can be determined, and what to do; `undefined` if there is nothing to add. */
export async function whyNoCredential(
  error: unknown,
  target: Target,
  { client, mount, role }: Place,
): Promise<string | undefined> {
  const status = statusOf(error)
  if (status === undefined) return undefined
  const why = refusesAddress(error) ? await whyUnreached(client, mount, role) : undefined
  if (why !== undefined) return why
  const [, ask, sign] = await mayUse(client, mount, role)
  if (sign) return `If ${JSON.stringify(role)} signs certificates, use -mode=ca.`
  if (status === 403 && !ask) return notAllowed(`${mount}/creds/${role}`)
  return status === 400 ? askedFor(target) : undefined
}

/** Why the engine signed no certificate, if the policies of the token are the reason. */
export async function whyNotSigned(
  error: unknown,
  { client, mount, role }: Place,
): Promise<string | undefined> {
  if (statusOf(error) !== 403) return undefined
  const [see, ask, sign] = await mayUse(client, mount, role)
  // a token without access to sys/capabilities-self
  const isUnknown = see && ask && !sign
  return sign || isUnknown ? undefined : notAllowed(`${mount}/sign/${role}`)
}

const statusOf = (error: unknown) =>
  error instanceof Failure && error.cause instanceof RequestError ? error.cause.status : undefined

const notAllowed = (path: string) =>
  `The policies of your token do not allow "update" on ${path}. If mount and role are spelt right, ask for a policy that does.`

/** The user may come from the system, and the address from a name. */
const askedFor = ({ user, host, addresses }: Target) =>
  `This was for the user ${JSON.stringify(user)} at ${addresses.join(', ')}. To name another: user@${host}.`
