import {
  boolean,
  duration,
  integer,
  list,
  older,
  rest,
  string,
  type Values,
} from '../../../shared/field.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import { requireAny, requireFound } from '../../api/require-found.ts'
import { tokenTypeOf } from '../../api/token-type.ts'
import { refuseWrappingPolicy } from '../../api/wrapping-policy.ts'
import { parseBound } from '../../token/bound-cidrs.ts'
import { sanePolicies } from '../../token/token-policies.ts'
import {
  deleteTokenRole,
  findTokenRole,
  putTokenRole,
  type TokenRole,
  tokenRoleNames,
} from '../../token/token-roles.ts'

const bounds = list({
  description: 'CIDR blocks from which tokens can be used.',
})

const period = duration({
  description: 'Makes periodic tokens: every renewal sets this lifetime again, without a maximum.',
})

const explicitMaxTtl = duration({
  description: 'Maximum lifetime of tokens, including renewals.',
})

const fields = {
  role_name: rest({ default: '', plain: true, description: 'Name of the role.' }),
  allowed_policies: list({
    description: 'Policies that tokens can have, even if the token that creates them does not.',
  }),
  disallowed_policies: list({ description: 'Policies that tokens cannot have.' }),
  allowed_policies_glob: list({
    description: 'Like allowed_policies, with "*" as a wildcard at either end.',
  }),
  disallowed_policies_glob: list({
    description: 'Like disallowed_policies, with "*" as a wildcard at either end.',
  }),
  allowed_entity_aliases: list({ description: 'Entity aliases that tokens can be created for.' }),
  orphan: boolean({
    description: 'Creates orphans, which are not revoked with the token that creates them.',
  }),
  renewable: boolean({ description: 'Whether tokens can be renewed. Defaults to true.' }),
  path_suffix: string({ description: 'Suffix of the path that tokens show.' }),
  token_bound_cidrs: bounds,
  bound_cidrs: older('token_bound_cidrs', bounds),
  token_period: period,
  period: older('token_period', period),
  token_explicit_max_ttl: explicitMaxTtl,
  explicit_max_ttl: older('token_explicit_max_ttl', explicitMaxTtl),
  token_no_default_policy: boolean({ description: 'Omits the policy "default".' }),
  token_num_uses: integer({
    description: 'Number of requests that tokens are valid for; 0 for unlimited.',
  }),
  token_type: string({
    description: 'Type of the tokens: "default-service" or "service", which mean the same here.',
  }),
}

type TokenRoleFields = Values<typeof fields>

/** `auth/token/roles`. Contract §4.4. */
export const tokenRoles = [
  endpoint({
    path: 'roles',
    summary: 'Lists the token roles.',
    description: 'Returns the names of all token roles.',
    plainReplyKeys: ['keys'],
    fields: {},
    operations: {
      list: async function listTokenRoles(_, { tx }) {
        const keys = requireAny(await tokenRoleNames(tx))
        return { data: { keys } }
      },
    },
  }),
  endpoint({
    path: 'roles/:role_name',
    summary: 'Reads, writes or deletes a token role.',
    description:
      'A caller with access to auth/token/create/<role> can create tokens with the settings of the role and the policies that it allows. When an existing role is written, only the parameters that are sent change.',
    exists: async ({ role_name: name }, { tx }) =>
      (await findTokenRole(tx, String(name))) !== undefined,
    fields,
    operations: {
      read: async function readTokenRole({ role_name: name }, { tx }) {
        const role = requireFound(await findTokenRole(tx, name))
        return { data: describe(name, role) }
      },
      update: writeTokenRole,
      delete: async function deleteTokenRoleByName({ role_name: name }, { tx }) {
        deleteTokenRole(tx, name)
        return undefined
      },
    },
  }),
]

const NEW_ROLE: TokenRole = {
  allowedPolicies: [],
  disallowedPolicies: [],
  allowedPoliciesGlob: [],
  disallowedPoliciesGlob: [],
  allowedEntityAliases: [],
  orphan: false,
  renewable: true,
  pathSuffix: '',
  boundCidrs: [],
  period: 0,
  explicitMaxTtl: 0,
  noDefaultPolicy: false,
  numUses: 0,
  tokenType: 'default-service',
}

async function writeTokenRole(given: TokenRoleFields, { tx }: Call): Promise<undefined> {
  const name = given.role_name
  if (name === '' || name.includes('/'))
    throw new ApiError('invalid', 'role name cannot be empty or have a slash')
  const before = (await findTokenRole(tx, name)) ?? NEW_ROLE
  const role: TokenRole = {
    allowedPolicies: policies(given.allowed_policies) ?? before.allowedPolicies,
    disallowedPolicies: policies(given.disallowed_policies) ?? before.disallowedPolicies,
    allowedPoliciesGlob: policies(given.allowed_policies_glob) ?? before.allowedPoliciesGlob,
    disallowedPoliciesGlob:
      policies(given.disallowed_policies_glob) ?? before.disallowedPoliciesGlob,
    allowedEntityAliases: given.allowed_entity_aliases ?? before.allowedEntityAliases,
    orphan: given.orphan ?? before.orphan,
    renewable: given.renewable ?? before.renewable,
    pathSuffix: given.path_suffix ?? before.pathSuffix,
    boundCidrs: given.token_bound_cidrs ?? given.bound_cidrs ?? before.boundCidrs,
    period: given.token_period ?? given.period ?? before.period,
    explicitMaxTtl: given.token_explicit_max_ttl ?? given.explicit_max_ttl ?? before.explicitMaxTtl,
    noDefaultPolicy: given.token_no_default_policy ?? before.noDefaultPolicy,
    numUses: given.token_num_uses ?? before.numUses,
    tokenType: typeOf(given.token_type) ?? before.tokenType,
  }
  requireSound(role)
  putTokenRole(tx, name, role)
  return undefined
}

const typeOf = (given: string | undefined) =>
  given ? tokenTypeOf(given, ['default', 'default-service', 'service']) : undefined

const policies = (given: readonly string[] | undefined) => given && sanePolicies(given)

function requireSound({ allowedPolicies, pathSuffix, numUses, boundCidrs }: TokenRole): void {
  refuseWrappingPolicy(allowedPolicies)
  if (!/^(?:\w[\w.-]+\w)?$/.test(pathSuffix))
    throw new ApiError(
      'invalid',
      'given role path suffix contains invalid characters; must match \\w[\\w-.]+\\w',
    )
  if (numUses < 0) throw new ApiError('invalid', 'token_num_uses cannot be negative')
  parseAs('error parsing bound CIDRs: ', () => {
    for (const each of boundCidrs) parseBound(each)
  })
}

const describe = (name: string, role: TokenRole) => ({
  name,
  allowed_policies: role.allowedPolicies,
  disallowed_policies: role.disallowedPolicies,
  allowed_policies_glob: role.allowedPoliciesGlob,
  disallowed_policies_glob: role.disallowedPoliciesGlob,
  allowed_entity_aliases: role.allowedEntityAliases,
  orphan: role.orphan,
  renewable: role.renewable,
  path_suffix: role.pathSuffix,
  period: role.period,
  explicit_max_ttl: role.explicitMaxTtl,
  ...(role.boundCidrs.length > 0 && { token_bound_cidrs: role.boundCidrs }),
  token_explicit_max_ttl: role.explicitMaxTtl,
  token_no_default_policy: role.noDefaultPolicy,
  ...(role.numUses > 0 && { token_num_uses: role.numUses }),
  token_period: role.period,
  token_type: role.tokenType ?? 'default-service',
})
