import { boolean, duration, integer, list, older, string, type Values } from '../../shared/field.ts'
import { ApiError } from '../api/errors.ts'
import type { TokenSettings, TokenType } from '../api/login.ts'
import { tokenTypeOf } from '../api/token-type.ts'
import { refuseWrappingPolicy } from '../api/wrapping-policy.ts'
import { blocks } from './blocks.ts'

const newer = {
  token_policies: list({ description: 'Policies of the tokens, besides "default".' }),
  token_ttl: duration({
    description: 'Initial lifetime of the tokens; 0 for the default of the mount.',
  }),
  token_max_ttl: duration({
    description:
      'Maximum lifetime of the tokens, including renewals; 0 for the maximum of the mount.',
  }),
  token_explicit_max_ttl: duration({
    description: 'Hard limit of the lifetime of the tokens, which also applies to periodic tokens.',
  }),
  token_period: duration({
    description:
      'Makes periodic tokens: every renewal sets this lifetime again, without a maximum.',
  }),
  token_num_uses: integer({
    description: 'Number of requests that the tokens are valid for; 0 for unlimited.',
  }),
  token_no_default_policy: boolean({ description: 'Omits the policy "default".' }),
  token_bound_cidrs: list({
    description: 'CIDR blocks from which clients can log in and use the tokens.',
  }),
  token_type: string({ description: 'Type of the tokens: "service" or "default".' }),
  token_strictly_bind_ip: boolean({
    description: 'Not supported: token_bound_cidrs binds tokens to addresses.',
  }),
}

/** The settings for tokens of users and roles, in every auth method. Contract §4.9. */
export const tokenFields = {
  ...newer,
  policies: older('token_policies', newer.token_policies),
  ttl: older('token_ttl', newer.token_ttl),
  max_ttl: older('token_max_ttl', newer.token_max_ttl),
  period: older('token_period', newer.token_period),
  num_uses: older('token_num_uses', newer.token_num_uses),
  bound_cidrs: older('token_bound_cidrs', newer.token_bound_cidrs),
}

type TokenFields = Partial<Values<typeof tokenFields>>

const DEFAULTS: TokenSettings = {
  policies: [],
  noDefaultPolicy: false,
  ttl: 0,
  maxTtl: 0,
  explicitMaxTtl: 0,
  period: 0,
  numUses: 0,
  boundCidrs: [],
  type: 'default',
}

/**
 * The old settings with the given ones applied.
 * @throws {ApiError} invalid
 */
export function tokenSettings(given: TokenFields, old: TokenSettings = DEFAULTS): TokenSettings {
  // a token that should be bound to an address must not be issued unbound
  if (given.token_strictly_bind_ip)
    throw new ApiError(
      'invalid',
      "'token_strictly_bind_ip' is not supported: name the addresses in 'token_bound_cidrs'",
    )
  const settings: TokenSettings = {
    policies: sorted(given.token_policies ?? given.policies) ?? old.policies,
    noDefaultPolicy: given.token_no_default_policy ?? old.noDefaultPolicy,
    ttl: given.token_ttl ?? given.ttl ?? old.ttl,
    maxTtl: given.token_max_ttl ?? given.max_ttl ?? old.maxTtl,
    explicitMaxTtl: given.token_explicit_max_ttl ?? old.explicitMaxTtl,
    period: given.token_period ?? given.period ?? old.period,
    numUses: given.token_num_uses ?? given.num_uses ?? old.numUses,
    boundCidrs: blocks(given.token_bound_cidrs ?? given.bound_cidrs ?? old.boundCidrs),
    type: typeOf(given.token_type ?? old.type),
  }
  if (settings.numUses < 0) throw new ApiError('invalid', "'token_num_uses' cannot be negative")
  if (settings.maxTtl > 0 && settings.ttl > settings.maxTtl)
    throw new ApiError('invalid', "'token_ttl' cannot be greater than 'token_max_ttl'")
  if (settings.policies.includes('root'))
    throw new ApiError('invalid', 'auth methods cannot create root tokens')
  refuseWrappingPolicy(settings.policies)
  return settings
}

/** The settings as replies show them. */
export const describeTokenSettings = (settings: TokenSettings) => ({
  token_bound_cidrs: settings.boundCidrs,
  token_explicit_max_ttl: settings.explicitMaxTtl,
  token_max_ttl: settings.maxTtl,
  token_no_default_policy: settings.noDefaultPolicy,
  token_num_uses: settings.numUses,
  token_period: settings.period,
  token_policies: settings.policies,
  token_ttl: settings.ttl,
  token_type: settings.type,
})

const sorted = (policies: readonly string[] | undefined) =>
  policies && [...new Set(policies.map(policy => policy.toLowerCase()))].sort()

const typeOf = (given: string): TokenType =>
  given === '' ? 'default' : tokenTypeOf(given, ['default', 'service', 'default-service'])
