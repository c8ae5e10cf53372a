import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import { RequestError } from '../request-error.ts'
import { type Binding, wordsFor } from './binding.ts'
import { refusesAddress, refusesHosts, refusesUser } from './credential.ts'
import { whyUnreached } from './role-reach.ts'
import { mayUse } from './shown-role.ts'
import type { Target } from './target.ts'

interface Place {
  readonly client: Client
  readonly mount: string
  readonly role: string
}

interface Asked extends Pick<Target, 'user' | 'host'> {
  readonly bindings: readonly Binding[]
  /** Whether the user has named the host for the engine. */
  readonly isHostNamed: boolean
}

/** Why the engine issued no credential, if that can be determined, and what to do; `undefined` if there is nothing to add. */
export async function whyNoCredential(
  error: unknown,
  asked: Asked,
  { client, mount, role }: Place,
): Promise<string | undefined> {
  const status = statusOf(error)
  if (status === undefined) return undefined
  const { isHostNamed } = asked
  const why = refusesAddress(error)
    ? await whyUnreached(client, { mount, role, isHostNamed })
    : undefined
  if (why !== undefined) return why
  if (isHostNamed && refusesHosts(error)) return LEAVE_OUT_HOST
  const [, , sign] = await mayUse(client, mount, role)
  if (sign) {
    const at = mount === 'ssh' ? '' : ` -mount-point=${mount}`
    return `If ${JSON.stringify(role)} signs certificates: postern ssh -mode=ca -role=${role}${at}`
  }
  return status === 400 && (refusesAddress(error) || refusesUser(error))
    ? askedFor(asked)
    : undefined
}

const LEAVE_OUT_HOST = 'The role or the engine knows no hosts: leave out -host.'

/** Why the engine signed no certificate for these principals, as far as its response shows, and what to do. */
export function whyNotSigned(error: unknown, role: string, principals: string): string | undefined {
  if (statusOf(error) !== 400 || !(error instanceof Failure)) return undefined
  if (error.message.includes("cert_type 'user' is not allowed"))
    return `Does ${JSON.stringify(role)} sign certificates of users? -mode=ca requires a role with key_type=ca.`
  if (!error.message.includes('valid_principals')) return undefined
  return `This was for ${JSON.stringify(principals)}: "allowed_users" of the role ${JSON.stringify(role)} does not allow that. To log in as another user: user@host.`
}

const statusOf = (error: unknown) =>
  error instanceof Failure && error.cause instanceof RequestError ? error.cause.status : undefined

/** The user may come from the system, and the address from a name. */
const askedFor = ({ user, host, bindings }: Asked) =>
  `This was for the user ${JSON.stringify(user)} at ${wordsFor(bindings)}. To name another: user@${host}.`
