import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import { RequestError } from '../request-error.ts'
import { type Binding, bindingsFor, isForHost, type RoleNaming, wordsFor } from './binding.ts'
import { refusesHost, rolesFor } from './credential.ts'
import type { LoginContext, LoginOptions } from './login-options.ts'
import { roleChoices } from './role-reach.ts'
import type { Target } from './target.ts'

interface DefaultRole {
  readonly role: string
  readonly naming: RoleNaming
}

/** No role covers the host. */
export class NoMatchingRole extends Failure {}

/** The default role: the only one that covers the host. @throws {Failure} unless there is exactly one */
export async function defaultRole(
  { mount, host }: Pick<LoginOptions, 'mount'> & { readonly host: string | undefined },
  target: Target,
  { client, print }: LoginContext,
): Promise<DefaultRole> {
  const bindings = bindingsFor(target, { host, naming: undefined })
  const found = await Promise.all(bindings.map(each => rolesOr(client, mount, each))).catch(
    error => {
      // the policy that a login needs does not allow to look up roles
      throw error instanceof Failure && error.cause instanceof RequestError
        ? new Failure(`${error.message.trimEnd()}\n\nName the role with -role.`, error.exitCode)
        : error
    },
  )
  const roles = [...new Set(found.flat())].sort()
  const [role, ...others] = roles
  if (role === undefined)
    throw (
      target.unresolved ?? new NoMatchingRole(`No matching roles found for ${searched(bindings)}`)
    )
  if (others.length > 0)
    throw new Failure(
      `Multiple roles are registered for this ${bindings.some(each => !isForHost(each)) ? 'IP' : 'host'}. Name one with -role:\n\n${await roleChoices(client, mount, { roles, addresses: target.addresses })}`,
    )
  print.note(`No -role was given. The only one for this host is ${JSON.stringify(role)}.`)
  const byName = bindings.some((each, at) => isForHost(each) && found[at]?.includes(role))
  return { role, naming: byName ? 'hosts' : 'addresses' }
}

/** None, where an engine knows no hosts. */
const rolesOr = (client: Client, mount: string, binding: Binding): Promise<readonly string[]> =>
  rolesFor(client, mount, binding).catch(error => {
    if (isForHost(binding) && refusesHost(error)) return []
    throw error
  })

const searched = (bindings: readonly Binding[]) =>
  bindings.some(each => !isForHost(each)) ? `IP ${wordsFor(bindings)}` : wordsFor(bindings)
