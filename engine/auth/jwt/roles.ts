import { boolean, integer, list, map, name, string, type Values } from '../../../shared/field.ts'
import { METADATA } from '../../../shared/metadata.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { TokenSettings } from '../../api/login.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { describeTokenSettings, tokenFields, tokenSettings } from '../token-fields.ts'

/** Whom a token of another makes one here, and what tokens they get. Spans are seconds. */
export interface Role {
  readonly name: string
  /** By a token that is shown, or by going to the provider and back. */
  readonly type: 'jwt' | 'oidc'
  /** The claim that tells who it is. */
  readonly userClaim: string
  readonly userClaimJsonPointer: boolean
  readonly groupsClaim: string
  readonly boundAudiences: readonly string[]
  readonly boundSubject: string
  readonly boundClaims: Readonly<Record<string, unknown>>
  readonly boundClaimsType: 'string' | 'glob'
  /** Names of metadata by the claims they come from. */
  readonly claimMappings: Readonly<Record<string, string>>
  /** 0 leaves it to the server, less is none. */
  readonly expirationLeeway: number
  readonly notBeforeLeeway: number
  readonly clockSkewLeeway: number
  readonly oidcScopes: readonly string[]
  readonly allowedRedirectUris: readonly string[]
  readonly token: TokenSettings
}

const table = new Table<Role>('role/')

export const findRole = (tx: Tx, role: string): Promise<Role | undefined> => table.get(tx, role)

/** The role that a login names. @throws {ApiError} invalid */
export async function roleOf(tx: Tx, role: string): Promise<Role> {
  if (role === '') throw new ApiError('invalid', 'missing role')
  const found = await findRole(tx, role)
  if (!found) throw new ApiError('invalid', `role ${JSON.stringify(role)} could not be found`)
  return found
}

const fields = {
  ...tokenFields,
  name: name({ default: '', description: 'Name of the role.' }),
  role_type: string({ default: '', description: '"oidc", as when left out, or "jwt".' }),
  user_claim: string({ default: '', description: 'The claim that tells who it is.' }),
  user_claim_json_pointer: boolean({
    default: false,
    description: 'Whether user_claim is a JSON pointer.',
  }),
  groups_claim: string({
    default: '',
    description: 'The claim that tells of which external groups somebody is a member.',
  }),
  bound_audiences: list({ default: [], description: 'Audiences, of which the token has one.' }),
  bound_subject: string({ default: '', description: 'The subject that the token must have.' }),
  bound_claims: map({ default: {}, description: 'Values that claims must have, by their names.' }),
  bound_claims_type: string({
    default: 'string',
    description: '"string", or "glob" for values in which "*" is any text.',
  }),
  claim_mappings: map({ default: {}, description: 'Names of metadata, by claims.' }),
  expiration_leeway: integer({
    default: 0,
    description: 'Seconds that a token without an end is good for: 150 when 0.',
  }),
  not_before_leeway: integer({
    default: 0,
    description: 'Seconds that a token without a beginning is good before its end: 150 when 0.',
  }),
  clock_skew_leeway: integer({
    default: 0,
    description: 'Seconds by which clocks may differ: 60 when 0, none when -1.',
  }),
  oidc_scopes: list({
    default: [],
    description: 'Scopes to ask the provider for, besides openid.',
  }),
  allowed_redirect_uris: list({
    default: [],
    description: 'Where the provider may send people back to.',
  }),
}

type Given = Values<typeof fields>

/** `role`: whom tokens make one here. Contract §4.9. */
export const rolePaths = [
  endpoint({
    path: 'role',
    summary: 'Lists the roles.',
    description: 'Answers with their names.',
    fields: {},
    operations: {
      async list(_, { tx }) {
        const keys = await table.list(tx)
        if (keys.length === 0) throw new ApiError('missing')
        return { data: { keys } }
      },
    },
  }),
  endpoint({
    path: 'role/:name',
    exists: async ({ name: asked }, { tx }) => (await findRole(tx, String(asked))) !== undefined,
    summary: 'Reads, writes or deletes a role.',
    description: 'What is written replaces the role.',
    fields,
    operations: {
      async read({ name: asked }, { tx }) {
        const role = await findRole(tx, asked)
        if (!role) throw new ApiError('missing')
        return { data: describe(role) }
      },
      async update(given, { tx }) {
        table.put(tx, given.name, parse(given))
        return undefined
      },
      async delete({ name: asked }, { tx }) {
        table.delete(tx, asked)
        return undefined
      },
    },
  }),
]

function parse(given: Given): Role {
  const role: Role = {
    name: given.name,
    type: choice(given.role_type || 'oidc', ['jwt', 'oidc'], 'role_type'),
    userClaim: given.user_claim,
    userClaimJsonPointer: given.user_claim_json_pointer,
    groupsClaim: given.groups_claim,
    boundAudiences: given.bound_audiences,
    boundSubject: given.bound_subject,
    boundClaims: boundClaims(given.bound_claims),
    boundClaimsType: choice(
      given.bound_claims_type || 'string',
      ['string', 'glob'],
      'bound_claims_type',
    ),
    claimMappings: claimMappings(given.claim_mappings),
    expirationLeeway: given.expiration_leeway,
    notBeforeLeeway: given.not_before_leeway,
    clockSkewLeeway: given.clock_skew_leeway,
    oidcScopes: given.oidc_scopes,
    allowedRedirectUris: given.allowed_redirect_uris,
    token: tokenSettings(given),
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

function boundClaims(given: Readonly<Record<string, unknown>>): Role['boundClaims'] {
  for (const value of Object.values(given))
    if (![value].flat().every(each => ['string', 'number', 'boolean'].includes(typeof each)))
      throw new ApiError('invalid', 'claim is not a string or list')
  return given
}

function claimMappings(given: Readonly<Record<string, unknown>>): Role['claimMappings'] {
  const seen = new Set<string>()
  for (const target of Object.values(given)) {
    if (typeof target !== 'string')
      throw new ApiError('invalid', 'claim_mappings must map claims to names of metadata')
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
  return given as Role['claimMappings']
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
