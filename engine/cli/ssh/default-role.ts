import { attempt } from '../../../shared/result.ts'
import type { KeyType } from '../../ssh/role/key-type.ts'
import { isOfPolicy } from '../advice.ts'
import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import { RequestError } from '../request-error.ts'
import { askForRole } from './ask-for-role.ts'
import { type Binding, bindingsFor, isForHost, wordsFor } from './binding.ts'
import { type FoundRoles, refusesHost, rolesFor } from './credential.ts'
import type { FittingRole } from './fitting-role.ts'
import type { LoginContext, LoginOptions } from './login-options.ts'
import { roleChoices } from './role-reach.ts'
import type { Target } from './target.ts'
import { usableRoles } from './usable-roles.ts'

interface DefaultRoleOptions extends Pick<LoginOptions, 'mount'> {
  /** Name of an enrolled host; undefined for the host that ssh connects to. */
  readonly host: string | undefined
  /** The required kind; undefined for any. */
  readonly mode?: KeyType | undefined
  /** Whether to ask at a terminal if several fit, `again` although an answer is remembered. */
  readonly asks?: boolean | 'again'
}

/** No role covers the host. */
export class NoMatchingRole extends Failure {}

/**
 * The default role: the only one that fits, among those that cover the host and those that sign certificates. If several fit, it is the one
 * that the user chooses, or has chosen before for this host; without a terminal, the only one that covers the host.
 * @throws {Failure} if none is
 */
export async function defaultRole(
  { mount, host, mode, asks = false }: DefaultRoleOptions,
  target: Target,
  context: LoginContext,
): Promise<FittingRole> {
  const { client, print } = context
  const bindings = bindingsFor(target, { host, naming: undefined })
  const found = await Promise.all(bindings.map(each => rolesOr(client, mount, each))).catch(
    error => {
      // the policy that a login needs does not allow to look up roles
      throw error instanceof Failure &&
        error.cause instanceof RequestError &&
        !lacksToken(error.cause)
        ? new Failure(`${error.message.trimEnd()}\n\nName the role with -role.`, error.exitCode)
        : error
    },
  )
  const all = fittingRoles(bindings, found, mode)
  const fitting = await usableRoles(client, mount, all)
  const covering = fitting.filter(({ keyType }) => keyType !== 'ca')
  const [first] = fitting
  if (first === undefined) throw noRole(bindings, target, mode)
  if (fitting.length > 1) {
    const asked = await askForRole(fitting, { mount, target, asks }, context)
    if (asked) return asked
  }
  const only = covering.length === 1 ? covering[0] : fitting.length === 1 ? first : undefined
  if (only === undefined) {
    const roles = (covering.length > 0 ? covering : fitting).map(({ role }) => role)
    const choices = await roleChoices(client, mount, { roles, addresses: target.addresses })
    throw new Failure(`${severalFor(bindings, covering)} Name one with -role:\n\n${choices}`)
  }
  print.note(`No -role was given. The only one for this host is ${JSON.stringify(only.role)}.`)
  return only
}

/** Whether it was refused for another reason than a policy: no role helps then. */
const lacksToken = ({ status, errors }: RequestError): boolean =>
  status === 403 && !errors.some(isOfPolicy)

/** The roles of the required kind, by name; those that sign certificates only where no role of their name covers the host. */
function fittingRoles(
  bindings: readonly Binding[],
  found: readonly FoundRoles[],
  mode: KeyType | undefined,
): readonly FittingRole[] {
  const roles = new Map<string, FittingRole>()
  for (const [at, { covering, certificates }] of found.entries()) {
    const binding = bindings[at]
    const isByName = binding !== undefined && isForHost(binding)
    for (const [role, keyType] of covering) {
      const naming = isByName || roles.get(role)?.naming === 'hosts' ? 'hosts' : 'addresses'
      roles.set(role, { role, keyType, naming })
    }
    for (const role of certificates)
      if (!roles.has(role)) roles.set(role, { role, keyType: 'ca', naming: undefined })
  }
  return [...roles.values()]
    .filter(({ keyType }) => fits(keyType, mode))
    .toSorted((a, b) => (a.role < b.role ? -1 : 1))
}

/** A role of unknown kind makes passwords or keys. */
const fits = (keyType: KeyType | undefined, mode: KeyType | undefined) =>
  mode === undefined || keyType === mode || (keyType === undefined && mode !== 'ca')

/** None, where an engine knows no hosts. */
async function rolesOr(client: Client, mount: string, binding: Binding): Promise<FoundRoles> {
  const found = await attempt(() => rolesFor(client, mount, binding))
  if (found.ok) return found.value
  if (isForHost(binding) && refusesHost(found.error))
    return { covering: new Map(), certificates: [] }
  throw found.error
}

function noRole(bindings: readonly Binding[], target: Target, mode: KeyType | undefined): unknown {
  if (mode === 'ca')
    return new Failure('No role that signs certificates was found. Name one with -role.')
  return (
    target.unresolved ?? new NoMatchingRole(`No matching roles found for ${searched(bindings)}`)
  )
}

const severalFor = (bindings: readonly Binding[], covering: readonly FittingRole[]) =>
  covering.length === 0
    ? 'Multiple roles sign certificates for this host.'
    : `Multiple roles are registered for this ${bindings.some(each => !isForHost(each)) ? 'IP' : 'host'}.`

const searched = (bindings: readonly Binding[]) =>
  bindings.some(each => !isForHost(each)) ? `IP ${wordsFor(bindings)}` : wordsFor(bindings)
