import type { Values } from '../../../shared/field.ts'
import { METADATA } from '../../../shared/metadata.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireAny, requireFound } from '../../api/require-found.ts'
import { describeTokenSettings, tokenSettings } from '../token-fields.ts'
import { roleFields } from './role-fields.ts'
import { aboutAlike, deleteRole, findRole, putRole, type Role, roleNames } from './roles.ts'

type JwtRoleFields = Values<typeof roleFields>

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
    fields: roleFields,
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
  if (given.callback_mode === 'direct')
    refuse('the \'callback_mode\' "direct" is not supported: use "client" or "device"')
  if (given.oidc_disable_confirmation)
    refuse(
      "'oidc_disable_confirmation' is for the 'callback_mode' \"direct\", which is not supported",
    )
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
    callbackMode: choice(
      given.callback_mode ?? before.callbackMode ?? 'client',
      MODES,
      'callback_mode',
    ),
    pollInterval: pollInterval(given.poll_interval) ?? before.pollInterval ?? 0,
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

const MODES = ['client', 'device'] as const

/** Seconds in which a client must poll at least once, so that the login does not expire meanwhile. */
const LONGEST_INTERVAL = 60

function pollInterval(given: number | undefined): number | undefined {
  if (given === undefined || (given >= 0 && given <= LONGEST_INTERVAL)) return given
  throw new ApiError('invalid', `'poll_interval' must be from 0 to ${LONGEST_INTERVAL} seconds`)
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
  callback_mode: role.callbackMode ?? 'client',
  ...(role.pollInterval && { poll_interval: role.pollInterval }),
  oidc_disable_confirmation: false,
  verbose_oidc_logging: false,
  max_age: 0,
  ...describeTokenSettings(role.token),
})
