import { createHash, randomBytes } from 'node:crypto'
import { string } from '../../../shared/field.ts'
import { Invalid } from '../../../shared/invalid.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Login } from '../../api/login.ts'
import { loginOf, requireBound } from './claims.ts'
import { configOf } from './config.ts'
import type { KeySource } from './key-source.ts'
import { authorizationUrl, exchange } from './oidc-provider.ts'
import { openState, type Pending, sealState, spendState } from './oidc-state.ts'
import { findRole, type Role, roleOf } from './roles.ts'
import type { Claims } from './signature.ts'

/** Milliseconds for which the outcome of an exchange is kept, should its transaction have to run again: a code is good once. */
const KEPT = 10_000

/** `oidc`: logins of people who go to a provider and come back. Contract §4.1. */
export function oidcPaths(source: KeySource) {
  const exchanges = new Map<string, Promise<Claims>>()
  return [
    endpoint({
      path: 'oidc/auth_url',
      access: 'public',
      summary: 'Tells where to log in at the provider.',
      description: 'Answers with an empty address if the role does not allow the redirect_uri.',
      fields: {
        role: string({ default: '', description: 'The role; the default one when left out.' }),
        redirect_uri: string({
          default: '',
          description: 'Where the provider shall send the person back to.',
        }),
        client_nonce: string({
          default: '',
          description: 'A random text, which must be shown again when the person is back.',
        }),
      },
      operations: {
        update: async (given, call) => ({ data: { auth_url: await authUrl(source, given, call) } }),
      },
    }),
    endpoint({
      path: 'oidc/callback',
      access: 'public',
      summary: 'Logs in a person who is back from the provider.',
      description: 'Answers with a token, as any login.',
      fields: {
        state: string({ default: '', description: 'The state that the provider has sent.' }),
        code: string({ default: '', description: 'The code that the provider has sent.' }),
        client_nonce: string({ default: '', description: 'That of the beginning.' }),
        error: string({ default: '', description: 'What the provider says went wrong.' }),
        error_description: string({ default: '', description: 'The same, in words.' }),
        id_token: string({ default: '', description: 'Accepted for compatibility.' }),
      },
      operations: {
        async read({ state, code, client_nonce: clientNonce, error }, call) {
          const { tx, now, mount } = call
          const config = await configOf(tx)
          const pending = await openState(tx, mount.id, { state, now })
          if (!pending) throw failed('Expired or missing OAuth state.')
          if (pending.clientNonce !== clientNonce)
            throw new ApiError('invalid', 'invalid client_nonce')
          const role = await findRole(tx, pending.role)
          if (!role) throw failed('Role could not be found')
          if (error !== '')
            throw failed(ERRORS.includes(error) ? error : 'An unknown error occurred.')
          if (code === '') throw failed('No code or id_token received.')
          const claims = await once(exchanges, `${state} ${code}`, () =>
            exchange(source, { config, role, pending, code, now }),
          )
          spendState(tx, state, now)
          return { login: loginFrom(claims, role, call) }
        },
      },
    }),
  ]
}

/** What a provider may say went wrong. RFC 6749 §4.1.2.1. */
const ERRORS = [
  'invalid_request',
  'unauthorized_client',
  'access_denied',
  'unsupported_response_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
]

const failed = (text: string) => new ApiError('invalid', `Vault login failed. ${text}`)

interface Asked {
  readonly role: string
  readonly redirect_uri: string
  readonly client_nonce: string
}

async function authUrl(source: KeySource, given: Asked, { tx, now, mount }: Call): Promise<string> {
  const config = await configOf(tx)
  if (config.oidcClientId === '')
    throw new ApiError('invalid', 'OIDC login is not configured for this mount')
  const role = await roleOf(tx, given.role || config.defaultRole)
  const { redirect_uri: redirectUri, client_nonce: clientNonce } = given
  if (redirectUri === '') throw new ApiError('invalid', 'missing redirect_uri')
  if (role.type !== 'oidc' || !isAllowed(redirectUri, role)) return ''
  const random = () => randomBytes(32).toString('base64url')
  const pending: Pending = {
    role: role.name,
    redirectUri,
    nonce: random(),
    verifier: random(),
    clientNonce,
    at: now.getTime(),
  }
  const state = await sealState(tx, mount.id, pending)
  return clear(() => authorizationUrl(source, config, { pending, role, state }))
}

/** A port on the person's own machine is whichever is free there. RFC 8252 §7.3. */
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

async function once(
  exchanges: Map<string, Promise<Claims>>,
  what: string,
  work: () => Promise<Claims>,
): Promise<Claims> {
  const key = createHash('sha256').update(what).digest('hex')
  const known = exchanges.get(key)
  const claims = known ?? clear(work)
  if (!known) {
    exchanges.set(key, claims)
    setTimeout(() => exchanges.delete(key), KEPT).unref()
  }
  return claims
}

function loginFrom(claims: Claims, role: Role, call: Call): Login {
  try {
    requireBound(claims, role)
    return loginOf(claims, role, call.mount)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new ApiError('invalid', error.message, { cause: error })
  }
}

/** Has the person hear why the provider did not help. */
async function clear<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw failed(error.message)
  }
}
