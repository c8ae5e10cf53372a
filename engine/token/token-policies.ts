import { Invalid } from '../../shared/invalid.ts'
import type { TokenRole } from './token-roles.ts'

interface Wanted {
  /** As they were asked for. */
  readonly policies: readonly string[]
  readonly withoutDefault: boolean
  /** Of the token that makes the new one. */
  readonly parent: readonly string[]
  /** Whoever asks may do what only administrators may. */
  readonly sudo: boolean
  readonly role: TokenRole | undefined
}

/** The policies that a new token gets, sorted: never more than who asks may give. @throws {Invalid} Contract §4.4. */
export function policiesOfNew(wanted: Wanted): readonly string[] {
  const allowed =
    wanted.role && isRestricting(wanted.role) ? byRole(wanted.role, wanted) : byParent(wanted)
  // also where it was asked for by name, or would be taken over from the parent
  const policies = wanted.withoutDefault ? allowed.filter(each => each !== 'default') : allowed
  if (policies.includes('response-wrapping'))
    throw new Invalid('cannot assign policy "response-wrapping"')
  if (policies.includes('root') && !wanted.parent.includes('root'))
    throw new Invalid('root tokens may not be created without parent token being root')
  return policies
}

/** Names of policies as tokens have them: in lower case, sorted, each once; `root` alone, as it needs no other. */
export function sanePolicies(policies: readonly string[]): readonly string[] {
  const names = new Set(policies.map(policy => policy.trim().toLowerCase()).filter(Boolean))
  return names.has('root') ? ['root'] : [...names].sort()
}

function byParent({ policies, withoutDefault, parent, sudo }: Wanted): readonly string[] {
  if (policies.length === 0) return sanePolicies(parent)
  const asked = sanePolicies(policies)
  if (!sudo && !asked.every(policy => parent.includes(policy)))
    throw new Invalid('child policies must be subset of parent')
  const withDefault = !withoutDefault && (sudo || parent.includes('default'))
  return withDefault ? sanePolicies([...asked, 'default']) : asked
}

const isRestricting = (role: TokenRole) =>
  [
    role.allowedPolicies,
    role.disallowedPolicies,
    role.allowedPoliciesGlob,
    role.disallowedPoliciesGlob,
  ].some(policies => policies.length > 0)

/** A role that says which policies there may be lets its users give policies that they have not themselves. */
function byRole(role: TokenRole, { policies, withoutDefault, parent }: Wanted): readonly string[] {
  const isDisallowed = (policy: string) =>
    role.disallowedPolicies.includes(policy) ||
    role.disallowedPoliciesGlob.some(glob => fits(glob, policy))
  const more = withoutDefault || role.noDefaultPolicy || isDisallowed('default') ? [] : ['default']
  const allows = role.allowedPolicies.length > 0 || role.allowedPoliciesGlob.length > 0
  const allowed = sanePolicies([...role.allowedPolicies, ...more])
  const usual = allows ? allowed : [...parent, ...more]
  const asked = sanePolicies(policies.length > 0 ? [...policies, ...more] : usual)
  const isAllowed = (policy: string) =>
    allowed.includes(policy) || role.allowedPoliciesGlob.some(glob => fits(glob, policy))
  if (allows && !asked.every(isAllowed))
    throw new Invalid(
      `token policies (${quoted(asked)}) must be subset of the role's allowed policies (${quoted(allowed)}) or glob policies (${quoted(role.allowedPoliciesGlob)})`,
    )
  const wrong = asked.find(isDisallowed)
  if (wrong !== undefined)
    throw new Invalid(`token policy ${JSON.stringify(wrong)} is disallowed by this role`)
  return asked
}

const quoted = (names: readonly string[]) =>
  `[${names.map(name => JSON.stringify(name)).join(' ')}]`

/** A `*` at either end is any text, also when it stands alone. */
function fits(glob: string, text: string): boolean {
  const inner = glob.replace(/^\*|\*$/g, '')
  if (glob === '*') return true
  if (glob.startsWith('*') && glob.endsWith('*')) return text.includes(inner)
  if (glob.startsWith('*')) return text.endsWith(inner)
  return glob.endsWith('*') ? text.startsWith(inner) : text === glob
}
