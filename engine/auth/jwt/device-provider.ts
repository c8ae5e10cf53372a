import { Invalid } from '../../../shared/invalid.ts'
import { askAsClient, type ClientAuthentication } from './ask-as-client.ts'
import type { Config } from './config.ts'
import { type Answer, jsonOf } from './fetch-json.ts'
import type { KeySource } from './key-source.ts'
import type { DeviceLogin } from './oidc-state.ts'
import type { Role } from './roles.ts'

/** What a provider has issued for a login on another device. RFC 8628 §3.2. */
export interface DeviceGrant {
  readonly deviceCode: string
  /** Where the user confirms the login. */
  readonly url: string
  /** What the user must enter there; `undefined` if the URL contains it. */
  readonly userCode: string | undefined
  /** Seconds between polls, and until the code expires. */
  readonly interval: number
  readonly lifetime: number
  readonly authentication: ClientAuthentication
}

/** Seconds, where the provider says nothing. */
const INTERVAL = 5
const LIFETIME = 600

/** Characters: the codes become part of a state, and of what users see. */
const LONGEST_CODE = 4096
const LONGEST_USER_CODE = 64

/** Asks the provider for a device code. RFC 8628 §3.1. @throws {Invalid} */
export async function deviceGrant(
  source: KeySource,
  config: Config,
  role: Role,
): Promise<DeviceGrant> {
  const { deviceAuthorizationEndpoint: url } = await source.discovery(config)
  if (url === undefined) throw new Invalid('no device auth endpoint url discovered')
  const scope = [...new Set(['openid', ...role.oidcScopes])].join(' ')
  const form = { client_id: config.oidcClientId, scope }
  const { authentication, ...answer } = await askAsClient(config, { url, form })
  const said = jsonOf(url, answer)
  const deviceCode = textIn(said, ['device_code'], LONGEST_CODE)
  if (deviceCode === undefined) throw new Invalid('no device_code found in response')
  return {
    deviceCode,
    ...placeIn(said),
    interval: role.pollInterval || secondsIn(said, 'interval') || INTERVAL,
    lifetime: secondsIn(said, 'expires_in') || LIFETIME,
    authentication,
  }
}

/** Some providers have other names, of an older draft. */
const COMPLETE = ['verification_uri_complete', 'verification_url_complete']
const BARE = ['verification_uri', 'verification_url']

function placeIn(said: Answer['json']): Pick<DeviceGrant, 'url' | 'userCode'> {
  const complete = textIn(said, COMPLETE, LONGEST_CODE)
  const url = URL.parse(complete ?? textIn(said, BARE, LONGEST_CODE) ?? '')
  // the user's command line opens it
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Invalid('no verification_uri found in response')
  if (complete !== undefined) return { url: url.href, userCode: undefined }
  const userCode = textIn(said, ['user_code'], LONGEST_USER_CODE)
  if (userCode === undefined) throw new Invalid('no user_code found in response')
  return { url: url.href, userCode }
}

/** The first of the named texts that is there and not longer than `longest`. */
const textIn = (said: Answer['json'], names: readonly string[], longest: number) =>
  names
    .map(name => (Object.hasOwn(said, name) ? said[name] : undefined))
    .filter(value => typeof value === 'string')
    .find(value => value !== '' && value.length <= longest)

function secondsIn(said: Answer['json'], name: string): number {
  const value = Number(said[name])
  return value > 0 && Number.isFinite(value) ? Math.ceil(value) : 0
}

/** What a provider answers to a poll. RFC 8628 §3.5. */
export type Polled =
  | { readonly outcome: 'granted'; readonly tokens: Answer['json'] }
  | { readonly outcome: 'pending'; readonly error: 'authorization_pending' | 'slow_down' }
  | { readonly outcome: 'ended'; readonly error: string }

/** Error codes that end a login. RFC 8628 §3.5, RFC 6749 §5.2. */
const ENDS: readonly unknown[] = [
  'access_denied',
  'expired_token',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
]

/** Asks the provider once whether the user has confirmed the login. RFC 8628 §3.4. @throws {Invalid} if it gives no answer to that */
export async function pollProvider(
  source: KeySource,
  config: Config,
  { deviceCode, authentication }: DeviceLogin,
): Promise<Polled> {
  const { tokenEndpoint: url } = await source.discovery(config)
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: deviceCode,
    client_id: config.oidcClientId,
  }
  const answer = await askAsClient(config, { url, form, authentication })
  const { error } = answer.json
  if (error === 'authorization_pending' || error === 'slow_down')
    return { outcome: 'pending', error }
  if (ENDS.includes(error)) return { outcome: 'ended', error: String(error) }
  return { outcome: 'granted', tokens: jsonOf(url, answer) }
}
