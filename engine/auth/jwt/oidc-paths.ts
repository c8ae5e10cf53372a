import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { string } from '../../../shared/field.ts'
import type { Call, Prelude } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { invalidAs, parseAs } from '../../api/invalid-as.ts'
import type { Login } from '../../api/login.ts'
import { loginOf, requireBound } from './claims.ts'
import type { Config } from './config.ts'
import { configOf } from './config-paths.ts'
import {
  type Confirmed,
  type DeviceFlow,
  pollDeviceLogin,
  startDeviceLogin,
} from './device-flow.ts'
import { Guessing } from './guessing.ts'
import type { KeySource } from './key-source.ts'
import { LOGIN_FAILED, loginFailed, stateMissing } from './login-failed.ts'
import { authorizationUrl, exchange } from './oidc-provider.ts'
import { type BrowserLogin, isDeviceLogin, openState, sealState, spendState } from './oidc-state.ts'
import { PollPace } from './poll-pace.ts'
import { findRole, type Role, roleOf } from './roles.ts'

/** `oidc`: logins at a provider, with the authorization code flow of OpenID Connect or with the device flow. Contract §4.1. */
export function oidcPaths(source: KeySource) {
  const guessing = new Guessing()
  const flow: DeviceFlow = { source, guessing, pace: new PollPace() }
  return [
    endpoint({
      path: 'oidc/auth_url',
      access: 'public',
      summary: 'Returns the URL for logging in at the provider.',
      description:
        'The URL is empty if the role does not allow the redirect_uri. With the device flow, also returns the state for poll, how many seconds to wait between polls, and the code to enter there, unless the URL contains it.',
      fields: {
        role: string({ default: '', description: 'Role. Defaults to default_role.' }),
        redirect_uri: string({
          default: '',
          description:
            'Where the provider redirects the user after the login. Not used with the device flow.',
        }),
        client_nonce: string({
          default: '',
          description:
            'Random text that the client must present again to callback or poll. Required with the device flow.',
        }),
      },
      prepare: (given, prelude) => startLogin(flow, given, prelude),
      operations: {
        update: async function answerAuthUrl(_given, _call, data) {
          return { data }
        },
      },
    }),
    endpoint({
      path: 'oidc/callback',
      access: 'public',
      summary: 'Completes a login at the provider.',
      description: 'Returns a token with the settings of the role.',
      fields: {
        state: string({ default: '', description: 'The state from the redirect.' }),
        code: string({ default: '', description: 'The code from the redirect.' }),
        client_nonce: string({ default: '', description: 'The client_nonce sent to auth_url.' }),
        error: string({ default: '', description: 'The error code of the provider.' }),
        error_description: string({ default: '', description: 'The error text of the provider.' }),
        id_token: string({ default: '', description: 'Accepted for compatibility.' }),
      },
      prepares: 'read',
      prepare: (given, prelude) =>
        guessing.held({ mount: prelude.mount.id, address: prelude.address }, () =>
          exchanged(source, given, prelude),
        ),
      operations: {
        read: async function logInWithCode(_, call, confirmed) {
          return { login: await loginFrom(confirmed, call) }
        },
      },
    }),
    endpoint({
      path: 'oidc/poll',
      access: 'public',
      summary: 'Completes a login with the device flow.',
      description:
        'Returns a token with the settings of the role. Until the user has confirmed the login, the error is "authorization_pending", or "slow_down" for a client that must wait longer between polls.',
      fields: {
        state: string({ default: '', description: 'The state from auth_url.' }),
        client_nonce: string({ default: '', description: 'The client_nonce sent to auth_url.' }),
      },
      prepare: (given, prelude) => pollDeviceLogin(flow, given, prelude),
      operations: {
        update: async function logInWithDevice(_, call, confirmed) {
          return { login: await loginFrom(confirmed, call) }
        },
      },
    }),
  ]
}

/** Error codes of a provider. RFC 6749 §4.1.2.1. */
const ERRORS = [
  'invalid_request',
  'unauthorized_client',
  'access_denied',
  'unsupported_response_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
]

interface AuthUrlFields {
  readonly role: string
  readonly redirect_uri: string
  readonly client_nonce: string
}

/** Starts a login as the role says. */
async function startLogin(flow: DeviceFlow, given: AuthUrlFields, prelude: Prelude) {
  const { config, role } = await prelude.transact(async tx => {
    const config = await configOf(tx)
    if (config.oidcClientId === '')
      throw new ApiError('invalid', 'OIDC login is not configured for this mount')
    return { config, role: await roleOf(tx, given.role || config.defaultRole) }
  })
  const begun = { config, role, clientNonce: given.client_nonce }
  if (role.type === 'oidc' && role.callbackMode === 'device')
    return startDeviceLogin(flow, begun, prelude)
  const redirectUri = given.redirect_uri
  if (redirectUri === '') throw new ApiError('invalid', 'missing redirect_uri')
  const isOpen = role.type === 'oidc' && isAllowed(redirectUri, role)
  return { auth_url: isOpen ? await authUrl(flow.source, { ...begun, redirectUri }, prelude) : '' }
}

interface BrowserStart {
  readonly config: Config
  readonly role: Role
  readonly clientNonce: string
  readonly redirectUri: string
}

async function authUrl(
  source: KeySource,
  { config, role, clientNonce, redirectUri }: BrowserStart,
  { transact, now, mount }: Prelude,
): Promise<string> {
  const random = () => randomBytes(32).toString('base64url')
  const [nonce, verifier, at] = [random(), random(), now.getTime()]
  const pending: BrowserLogin = { role: role.name, redirectUri, nonce, verifier, clientNonce, at }
  const state = await transact(tx => sealState(tx, mount.id, pending))
  return authorizationUrl(source, config, { pending, role, state }).catch(invalidAs(LOGIN_FAILED))
}

interface CallbackFields {
  readonly state: string
  readonly code: string
  readonly client_nonce: string
  readonly error: string
}

/**
 * Exchanges the code for claims. The state is used up before the provider is asked; otherwise one state and invented codes could cause
 * any number of requests from this server.
 */
async function exchanged(
  source: KeySource,
  back: CallbackFields,
  { transact, now, mount }: Prelude,
) {
  const { state, code } = back
  const found = await transact(async tx => {
    const config = await configOf(tx)
    const pending = await openState(tx, mount.id, { state, now })
    if (!pending || isDeviceLogin(pending)) throw stateMissing()
    if (pending.clientNonce !== back.client_nonce)
      throw new ApiError('invalid', 'invalid client_nonce')
    const role = await findRole(tx, pending.role)
    if (!role) throw loginFailed('Role could not be found')
    if (role.callbackMode === 'device') throw loginFailed('The role has just been changed.')
    if (back.error !== '')
      throw loginFailed(ERRORS.includes(back.error) ? back.error : 'An unknown error occurred.')
    if (code === '') throw loginFailed('No code or id_token received.')
    spendState(tx, state, now)
    return { config, role, pending }
  })
  const claims = await exchange(source, { ...found, code, now }).catch(invalidAs(LOGIN_FAILED))
  return { ...found, claims }
}

/** Whether the role allows a redirect URI. The port of a loopback address is ignored. RFC 8252 §7.3. */
function isAllowed(redirectUri: string, { allowedRedirectUris }: Role): boolean {
  return allowedRedirectUris.some(each => {
    const [allowed, asked] = [URL.parse(each), URL.parse(redirectUri)]
    if (!allowed || !asked || !LOOPBACK.includes(asked.hostname)) return each === redirectUri
    allowed.port = ''
    asked.port = ''
    return allowed.href === asked.href
  })
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** The login of a user whom the provider has confirmed, if role and configuration are still those that it was checked for. */
async function loginFrom({ claims, config, role }: Confirmed, { tx, mount }: Call): Promise<Login> {
  const now = { config: await configOf(tx), role: await findRole(tx, role.name) }
  if (!isDeepStrictEqual(now, { config, role }))
    throw loginFailed('The role has just been changed.')
  return parseAs('', () => {
    requireBound(claims, role)
    return loginOf(claims, role, mount)
  })
}
