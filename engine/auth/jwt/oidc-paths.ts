import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { string } from '../../../shared/field.ts'
import type { MountView, Prelude } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { invalidAs, parseAs } from '../../api/invalid-as.ts'
import type { Login } from '../../api/login.ts'
import { loginOf, requireBound } from './claims.ts'
import { configOf } from './config-paths.ts'
import { Guessing } from './guessing.ts'
import type { KeySource } from './key-source.ts'
import { authorizationUrl, exchange } from './oidc-provider.ts'
import { openState, type Pending, sealState, spendState } from './oidc-state.ts'
import { findRole, type Role, roleOf } from './roles.ts'
import type { Claims } from './signature.ts'

/** `oidc`: logins with the authorization code flow of OpenID Connect. Contract §4.1. */
export function oidcPaths(source: KeySource) {
  const guessing = new Guessing()
  return [
    endpoint({
      path: 'oidc/auth_url',
      access: 'public',
      summary: 'Returns the URL for logging in at the provider.',
      description: 'The URL is empty if the role does not allow the redirect_uri.',
      fields: {
        role: string({ default: '', description: 'Role. Defaults to default_role.' }),
        redirect_uri: string({
          default: '',
          description: 'Where the provider redirects the user after the login.',
        }),
        client_nonce: string({
          default: '',
          description: 'Random text that the client must present again to the callback.',
        }),
      },
      prepare: (given, prelude) => authUrl(source, given, prelude),
      operations: {
        update: async function answerAuthUrl(_given, _call, url) {
          return { data: { auth_url: url } }
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
        read: async function logInWithCode(_, call, { claims, config, role }) {
          const { tx, mount } = call
          const now = { config: await configOf(tx), role: await findRole(tx, role.name) }
          if (!isDeepStrictEqual(now, { config, role }))
            throw failed('The role has just been changed.')
          return { login: loginFrom(claims, role, mount) }
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

const LOGIN_FAILED = 'Vault login failed. '
const failed = (text: string) => new ApiError('invalid', LOGIN_FAILED + text)

interface AuthUrlFields {
  readonly role: string
  readonly redirect_uri: string
  readonly client_nonce: string
}

async function authUrl(
  source: KeySource,
  { role: name, redirect_uri: redirectUri, client_nonce: clientNonce }: AuthUrlFields,
  { transact, now, mount }: Prelude,
): Promise<string> {
  const random = () => randomBytes(32).toString('base64url')
  const [nonce, verifier, at] = [random(), random(), now.getTime()]
  const begun = await transact(async tx => {
    const config = await configOf(tx)
    if (config.oidcClientId === '')
      throw new ApiError('invalid', 'OIDC login is not configured for this mount')
    const role = await roleOf(tx, name || config.defaultRole)
    if (redirectUri === '') throw new ApiError('invalid', 'missing redirect_uri')
    if (role.type !== 'oidc' || !isAllowed(redirectUri, role)) return undefined
    const pending: Pending = { role: role.name, redirectUri, nonce, verifier, clientNonce, at }
    return { config, pending, role, state: await sealState(tx, mount.id, pending) }
  })
  return begun ? authorizationUrl(source, begun.config, begun).catch(invalidAs(LOGIN_FAILED)) : ''
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
    if (!pending) throw failed('Expired or missing OAuth state.')
    if (pending.clientNonce !== back.client_nonce)
      throw new ApiError('invalid', 'invalid client_nonce')
    const role = await findRole(tx, pending.role)
    if (!role) throw failed('Role could not be found')
    if (back.error !== '')
      throw failed(ERRORS.includes(back.error) ? back.error : 'An unknown error occurred.')
    if (code === '') throw failed('No code or id_token received.')
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

function loginFrom(claims: Claims, role: Role, mount: MountView): Login {
  return parseAs('', () => {
    requireBound(claims, role)
    return loginOf(claims, role, mount)
  })
}
