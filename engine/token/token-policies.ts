import { Invalid } from '../../shared/invalid.ts'
import { refuseWrappingPolicy } from '../api/wrapping-policy.ts'
import type { TokenRole } from './token-roles.ts'

interface PolicyRequest {
  /** The requested policies. */
  readonly policies: readonly string[]
  readonly withoutDefault: boolean
  /** The policies of the parent token. */
  readonly parent: readonly string[]
  /** The caller has `sudo`. */
  readonly sudo: boolean
  readonly role: TokenRole | undefined
}

/** The policies of a new token, sorted. Contract §4.4. @throws {Invalid} for policies that the caller may not assign */
export function policiesOfNew(wanted: PolicyRequest): readonly string[] {
  const allowed =
    wanted.role && isRestricting(wanted.role) ? byRole(wanted.role, wanted) : byParent(wanted)
  // even if it was requested by name, or comes from the parent
  const policies = wanted.withoutDefault ? allowed.filter(each => each !== 'default') : allowed
  refuseWrappingPolicy(policies)
  if (policies.includes('root') && !wanted.parent.includes('root'))
    throw new Invalid('root tokens may not be created without parent token being root')
  return policies
}

/** Normalizes names of policies: in lower case, sorted, without duplicates; `root` replaces all others. */
export function sanePolicies(policies: readonly string[]): readonly string[] {
  const names = new Set(policies.map(policy => policy.trim().toLowerCase()).filter(Boolean))
  return names.has('root') ? ['root'] : [...names].sort()
}

function byParent({ policies, withoutDefault, parent, sudo }: PolicyRequest): readonly string[] {
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

/** The policies with a role that restricts them. Such a role can assign policies that the caller does not have. */
function byRole(
  role: TokenRole,
  { policies, withoutDefault, parent }: PolicyRequest,
): readonly string[] {
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

/** A `*` at either end is a wildcard, also when it is alone. */
function fits(glob: string, text: string): boolean {
  const inner = glob.replace(/^\*|\*$/g, '')
  if (glob === '*') return true
  if (glob.startsWith('*') && glob.endsWith('*')) return text.includes(inner)
  if (glob.startsWith('*')) return text.endsWith(inner)
  return glob.endsWith('*') ? text.startsWith(inner) : text === glob
}
