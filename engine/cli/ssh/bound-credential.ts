import { attempt } from '../../../shared/result.ts'
import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import { type Binding, isForHost, type RoleNaming } from './binding.ts'
import {
  type Credential,
  errorsOf,
  refusesAddress,
  refusesHost,
  refusesUser,
  requestCredential,
  revoke,
} from './credential.ts'
import type { Interruption } from './interruption.ts'
import { isReachable } from './reachable.ts'
import type { Target } from './target.ts'

interface Wanted {
  readonly mount: string
  readonly role: string
  readonly naming: RoleNaming
  /** In the order to try. */
  readonly bindings: readonly Binding[]
}

interface Session {
  readonly client: Client
  readonly interruption: Interruption
}

/**
 * A credential for the first name, or the first address that accepts connections, that the role covers; a single address is not tried.
 * @throws {Failure}
 */
export async function boundCredential(
  target: Target,
  { bindings, naming, ...wanted }: Wanted,
  { client, interruption }: Session,
): Promise<Credential> {
  const [first] = bindings
  let reason: unknown
  for (const binding of bindings)
    try {
      const request = { ...wanted, username: target.user, binding }
      const credential = await requestCredential(client, request)
      const found = await attempt(() =>
        interruption.unlessStopped(() => answers(target, credential)),
      )
      if (found.ok && found.value) return credential
      await attempt(() => revoke(credential, client))
      if (!found.ok) throw found.error
      reason ??= new Failure(
        `${target.host} takes no connections at ${target.addresses.join(', ')}`,
      )
    } catch (error) {
      if (!mayContinue(error, { binding, target, naming })) throw error
      // the way that was tried first is the one that the user meant
      if (reason === undefined || (first && isForHost(first) === isForHost(binding))) reason = error
    }
  throw naming === 'hosts' || target.unresolved === undefined
    ? (reason ?? target.unresolved)
    : unknownHost(target.unresolved, reason)
}

interface Refused extends Pick<Wanted, 'naming'> {
  readonly binding: Binding
  readonly target: Target
}

/** Whether the credential may be for something else. Of a name that cannot be resolved, it is unknown whether it is meant for the engine. */
const mayContinue = (error: unknown, { binding, target, naming }: Refused): boolean =>
  isForHost(binding)
    ? refusesHost(error) ||
      (naming === undefined && target.unresolved !== undefined && refusesUser(error))
    : refusesAddress(error)

/** A name that neither a name server nor the engine takes for a host. */
const unknownHost = (unresolved: unknown, reason: unknown) =>
  unresolved instanceof Failure && reason instanceof Failure
    ? new Failure(
        `${unresolved.message}\n\nNor does the engine make a password for a host of that name: ${errorsOf(reason)}`,
        unresolved.exitCode,
      )
    : unresolved

/** Whether the host can be reached; true without a test if it has one address, ssh connects through a proxy, or any address will do. */
const answers = async (
  { addresses, proxied, port }: Target,
  { address, port: ofRole }: Credential,
) =>
  address === undefined ||
  addresses.length === 1 ||
  proxied ||
  isReachable(address, Number(port ?? ofRole))
