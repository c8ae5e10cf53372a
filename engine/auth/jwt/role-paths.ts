import {
  boolean,
  integer,
  keyValues,
  list,
  map,
  name,
  signedDuration,
  string,
  type Values,
} from '../../../shared/field.ts'
import { METADATA } from '../../../shared/metadata.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireAny, requireFound } from '../../api/require-found.ts'
import { describeTokenSettings, tokenFields, tokenSettings } from '../token-fields.ts'
import { aboutAlike, deleteRole, findRole, putRole, type Role, roleNames } from './roles.ts'

const fields = {
  ...tokenFields,
  name: name({ default: '', description: 'Name of the role, case-insensitive.' }),
  role_type: string({ description: '"jwt" or "oidc". Defaults to "oidc".' }),
  user_claim: string({
    required: 'for a new role',
    description: 'Claim with the unique name of the user.',
  }),
  user_claim_json_pointer: boolean({
    description: 'Whether user_claim is a JSON pointer.',
  }),
  groups_claim: string({
    description: 'Claim with the names of the external groups of the user.',
  }),
  bound_audiences: list({ description: 'Audiences, of which the token must have one.' }),
  bound_subject: string({ description: 'Subject that the token must have.' }),
  bound_claims: map({ description: 'Map of claims to the values that they must have.' }),
  bound_claims_type: string({
    description: '"string", or "glob" for values with "*" as a wildcard. Defaults to "string".',
  }),
  claim_mappings: keyValues({
    description: 'Map of claims to the metadata keys that they are copied to.',
  }),
  expiration_leeway: signedDuration({
    description: 'How long a token without an expiration time is valid; 0 for 150 seconds.',
  }),
  not_before_leeway: signedDuration({
    description:
      'How long before its expiration a token without a not-before time is valid; 0 for 150 seconds.',
  }),
  clock_skew_leeway: signedDuration({
    description: 'Accepted clock skew; 0 for 60 seconds, -1 for none.',
  }),
  oidc_scopes: list({
    description: 'Scopes to request from the provider, besides "openid".',
  }),
  verbose_oidc_logging: boolean({
    default: false,
    description: 'Not supported: tokens are never logged.',
  }),
  max_age: integer({ default: 0, description: 'Not supported.' }),
  token_policies_template_claims: boolean({ default: false, description: 'Not supported.' }),
  allowed_redirect_uris: list({
    description: 'Allowed redirect URIs of OIDC logins.',
  }),
}

type JwtRoleFields = Values<typeof fields>

/** `role` of the jwt method. Contract §4.9. */
export const rolePaths = [
  endpoint({
    path: 'role',
    summary: 'Lists the roles.',
    description: 'Returns the names of the roles.',
    fields: {},
    operations: {
      list: async function listJwtRoles(_, { tx }) {
        const keys = requireAny(await roleNames(tx))
        const warnings = aboutAlike(keys)
        return { data: { keys }, ...(warnings.length > 0 && { warnings }) }
      },
    },
  }),
  endpoint({
    path: 'role/:name',
    anyCase: true,
    exists: async ({ name: asked }, { tx }) => (await findRole(tx, String(asked))) !== undefined,
    summary: 'Reads, writes or deletes a role.',
    description: 'Only the parameters that are sent change.',
    fields,
    operations: {
      read: async function readJwtRole({ name: asked }, { tx }) {
        const role = requireFound(await findRole(tx, asked))
        return { data: describe(role) }
      },
      update: async function writeJwtRole(given, { tx }) {
        requireSupported(given)
        putRole(tx, changed(await findRole(tx, given.name), given))
        return undefined
      },
      delete: async function deleteJwtRole({ name: asked }, { tx }) {
        const role = await findRole(tx, asked)
        if (role) deleteRole(tx, role)
        return undefined
      },
    },
  }),
]

/** @throws {ApiError} invalid */
function requireSupported(given: JwtRoleFields): void {
  const refuse = (what: string) => {
    throw new ApiError('invalid', what)
  }
  if (given.verbose_oidc_logging)
    refuse("'verbose_oidc_logging' is not supported: it would write tokens into the log")
  if (given.max_age !== 0)
    refuse("'max_age' is not supported: let the provider decide how old a login may be")
  if (given.token_policies_template_claims)
    refuse("'token_policies_template_claims' is not supported: give policies to groups")
}

/** A role with default settings. */
const newRole = (name: string): Role => ({
  name: name.toLowerCase(),
  type: 'oidc',
  userClaim: '',
  userClaimJsonPointer: false,
  groupsClaim: '',
  boundAudiences: [],
  boundSubject: '',
  boundClaims: {},
  boundClaimsType: 'string',
  claimMappings: {},
  expirationLeeway: 0,
  notBeforeLeeway: 0,
  clockSkewLeeway: 0,
  oidcScopes: [],
  allowedRedirectUris: [],
  token: tokenSettings({}),
})

/** The role with the given settings applied. Settings that are not sent must stay, since they restrict who can log in. */
function changed(old: Role | undefined, given: JwtRoleFields): Role {
  const before = old ?? newRole(given.name)
  const types = ['string', 'glob'] as const
  const role: Role = {
    name: before.name,
    type: choice(given.role_type || before.type, ['jwt', 'oidc'], 'role_type'),
    userClaim: given.user_claim ?? before.userClaim,
    userClaimJsonPointer: given.user_claim_json_pointer ?? before.userClaimJsonPointer,
    groupsClaim: given.groups_claim ?? before.groupsClaim,
    boundAudiences: given.bound_audiences ?? before.boundAudiences,
    boundSubject: given.bound_subject ?? before.boundSubject,
    boundClaims: boundClaims(given.bound_claims) ?? before.boundClaims,
    boundClaimsType: choice(
      given.bound_claims_type || before.boundClaimsType,
      types,
      'bound_claims_type',
    ),
    claimMappings: claimMappings(given.claim_mappings) ?? before.claimMappings,
    expirationLeeway: given.expiration_leeway ?? before.expirationLeeway,
    notBeforeLeeway: given.not_before_leeway ?? before.notBeforeLeeway,
    clockSkewLeeway: given.clock_skew_leeway ?? before.clockSkewLeeway,
    oidcScopes: given.oidc_scopes ?? before.oidcScopes,
    allowedRedirectUris: given.allowed_redirect_uris ?? before.allowedRedirectUris,
    token: tokenSettings(given, before.token),
  }
  requireWhole(role)
  return role
}

function requireWhole(role: Role): void {
  if (role.userClaim === '')
    throw new ApiError('invalid', 'a user claim must be defined on the role')
  if (role.type === 'oidc' && role.allowedRedirectUris.length === 0)
    throw new ApiError(
      'invalid',
      "'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified.",
    )
  const bound = [role.boundAudiences, role.token.boundCidrs, Object.keys(role.boundClaims)]
  if (role.type === 'jwt' && role.boundSubject === '' && bound.every(each => each.length === 0))
    throw new ApiError(
      'invalid',
      'must have at least one bound constraint when creating/updating a role',
    )
}

function choice<const T extends string>(given: string, choices: readonly T[], field: string): T {
  const found = choices.find(each => each === given)
  if (!found) throw new ApiError('invalid', `invalid '${field}': ${given}`)
  return found
}

type Pairs = Readonly<Record<string, unknown>>

function boundClaims(given: Pairs | undefined): Role['boundClaims'] | undefined {
  for (const value of Object.values(given ?? {}))
    if (![value].flat().every(each => ['string', 'number', 'boolean'].includes(typeof each)))
      throw new ApiError('invalid', 'claim is not a string or list')
  return given
}

function claimMappings(
  given: Role['claimMappings'] | undefined,
): Role['claimMappings'] | undefined {
  const seen = new Set<string>()
  for (const target of Object.values(given ?? {})) {
    if (target === 'role')
      throw new ApiError(
        'invalid',
        'metadata key "role" is reserved and may not be a mapping destination',
      )
    if (seen.has(target))
      throw new ApiError(
        'invalid',
        `multiple keys are mapped to metadata key ${JSON.stringify(target)}`,
      )
    seen.add(target)
    if (seen.size > METADATA.pairs || Buffer.byteLength(target) > METADATA.name)
      throw new ApiError(
        'invalid',
        `claim_mappings may name at most ${METADATA.pairs} metadata keys, of ${METADATA.name} bytes each`,
      )
  }
  return given
}

const describe = (role: Role) => ({
  role_type: role.type,
  user_claim: role.userClaim,
  user_claim_json_pointer: role.userClaimJsonPointer,
  groups_claim: role.groupsClaim,
  bound_audiences: role.boundAudiences,
  bound_subject: role.boundSubject,
  bound_claims: role.boundClaims,
  bound_claims_type: role.boundClaimsType,
  claim_mappings: role.claimMappings,
  expiration_leeway: role.expirationLeeway,
  not_before_leeway: role.notBeforeLeeway,
  clock_skew_leeway: role.clockSkewLeeway,
  oidc_scopes: role.oidcScopes,
  allowed_redirect_uris: role.allowedRedirectUris,
  verbose_oidc_logging: false,
  max_age: 0,
  ...describeTokenSettings(role.token),
})
