import { createHash } from 'node:crypto'
import { Invalid } from '../../../shared/invalid.ts'
import { askAsClient } from './ask-as-client.ts'
import type { Config } from './config.ts'
import { fetchJson, jsonOf } from './fetch-json.ts'
import type { KeySource } from './key-source.ts'
import type { BrowserLogin } from './oidc-state.ts'
import type { Role } from './roles.ts'
import type { Claims } from './signature.ts'
import { audiencesOf, validate } from './validate.ts'

interface Exchange {
  readonly config: Config
  readonly role: Role
  readonly pending: BrowserLogin
  readonly code: string
  readonly now: Date
}

/** The URL where a user logs in at the provider. OpenID Connect Core §3.1.2.1, RFC 7636. @throws {Invalid} */
export async function authorizationUrl(
  source: KeySource,
  config: Config,
  {
    pending,
    role,
    state,
  }: { readonly pending: BrowserLogin; readonly role: Role; readonly state: string },
): Promise<string> {
  const { authorizationEndpoint } = await source.discovery(config)
  const url = URL.parse(authorizationEndpoint)
  if (!url) throw new Invalid('the discovery document has no valid authorization_endpoint')
  const scopes = new Set(['openid', ...role.oidcScopes])
  for (const [name, value] of Object.entries({
    response_type: 'code',
    client_id: config.oidcClientId,
    redirect_uri: pending.redirectUri,
    scope: [...scopes].join(' '),
    state,
    nonce: pending.nonce,
    code_challenge: createHash('sha256').update(pending.verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }))
    url.searchParams.set(name, value)
  return url.href
}

/**
 * Exchanges the authorization code for the claims of the user.
 * @throws {Invalid} if the provider refuses, or its id_token is not valid for this login
 */
export async function exchange(source: KeySource, given: Exchange): Promise<Claims> {
  const { config, pending, code } = given
  const { tokenEndpoint: url } = await source.discovery(config)
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: pending.redirectUri,
    code_verifier: pending.verifier,
  }
  const tokens = jsonOf(url, await askAsClient(config, { url, form }))
  return userOf(source, { ...given, tokens, nonce: pending.nonce })
}

interface Granted extends Pick<Exchange, 'config' | 'role' | 'now'> {
  /** The response of the token endpoint. */
  readonly tokens: Readonly<Record<string, unknown>>
  /** The one that was sent with the user to the provider; the device flow has none. */
  readonly nonce: string | undefined
}

/**
 * The claims of the user whom the provider has issued tokens for.
 * @throws {Invalid} if the id_token is not valid for this login
 */
export async function userOf(source: KeySource, given: Granted): Promise<Claims> {
  const { config, role, now } = given
  const { id_token: idToken, access_token: accessToken } = given.tokens
  const { issuer, userinfoEndpoint } = await source.discovery(config)
  if (typeof idToken !== 'string') throw new Invalid('no id_token found in response')
  const claims = await source.claims(config, idToken)
  validate(claims, { role, issuer: config.boundIssuer || issuer, now })
  requireForUs(claims, given)
  if (userinfoEndpoint === undefined || typeof accessToken !== 'string') return claims
  const headers = { authorization: `Bearer ${accessToken}` }
  const about = await fetchJson(userinfoEndpoint, { ca: config.oidcDiscoveryCaPem, headers })
  if (about.sub !== claims.sub) throw new Invalid('the userinfo response is about another user')
  // signed claims take precedence over those of the userinfo response
  return { ...about, ...claims }
}

/** OpenID Connect Core §3.1.3.7. */
function requireForUs(claims: Claims, { config: { oidcClientId }, nonce }: Granted): void {
  const audiences = audiencesOf(claims)
  if (!audiences.includes(oidcClientId)) throw new Invalid('the id_token is for another client')
  const party = claims.azp ?? (audiences.length === 1 ? oidcClientId : undefined)
  if (party !== oidcClientId) throw new Invalid('the id_token is for another client')
  if (nonce !== undefined && claims.nonce !== nonce)
    throw new Invalid('the id_token belongs to another login')
  if (typeof claims.exp !== 'number') throw new Invalid('the id_token has no expiration time')
}
