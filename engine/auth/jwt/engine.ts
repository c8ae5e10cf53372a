import { isDeepStrictEqual } from 'node:util'
import { string } from '../../../shared/field.ts'
import type { Prelude } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import type { Engine } from '../../api/engine.ts'
import { ApiError } from '../../api/errors.ts'
import { invalidAs, parseAs } from '../../api/invalid-as.ts'
import type { Login } from '../../api/login.ts'
import { loginOf, requireBound } from './claims.ts'
import type { Config } from './config.ts'
import { configOf, configPath } from './config-paths.ts'
import { KeySource } from './key-source.ts'
import { oidcPaths } from './oidc-paths.ts'
import { endAllStates, forgetStates } from './oidc-state.ts'
import { rolePaths } from './role-paths.ts'
import { findRole, foldNames, type Role, roleOf } from './roles.ts'
import type { Claims } from './signature.ts'
import { audiencesOf, validate } from './validate.ts'

const FORGOTTEN_AT_ONCE = 500

/** The auth method for JSON Web Tokens of an external issuer. Contract §4.9. */
export function jwt(type: 'jwt' | 'oidc'): Engine {
  const source = new KeySource()
  const login = endpoint({
    path: 'login',
    access: 'public',
    summary: 'Logs in with a JSON Web Token.',
    description:
      'Returns a token with the settings of the role, if the JSON Web Token matches the role.',
    fields: {
      role: string({ default: '', description: 'Role. Defaults to default_role.' }),
      jwt: string({ default: '', required: true, description: 'The JSON Web Token.' }),
    },
    prepare: (given, prelude) => verified(source, given, prelude),
    operations: {
      update: async function logInWithJwt(_, { tx }, { config, role, login }) {
        const now = { config: await configOf(tx), role: await findRole(tx, role.name) }
        if (!isDeepStrictEqual(now, { config, role }))
          throw new ApiError('busy', 'the role has just been changed: try again', { retryAfter: 1 })
        return { login }
      },
    },
  })
  return {
    type,
    mountable: 'auth',
    description:
      'The jwt method authenticates users and machines with JSON Web Tokens that an external issuer has signed.',
    endpoints: [login, ...oidcPaths(source), configPath(source), ...rolePaths],
    upgrade: ({ tx }) => foldNames(tx),
    maintain: ({ tx, now }) => forgetStates(tx, now, FORGOTTEN_AT_ONCE),
    async restored({ tx }) {
      endAllStates(tx)
      return undefined
    },
  }
}

/** Verifies a token. Returns its login, and the role and configuration, which must be unchanged when the login is committed. */
async function verified(
  source: KeySource,
  { role: name, jwt: token }: { readonly role: string; readonly jwt: string },
  { transact, now, mount }: Prelude,
): Promise<{ readonly config: Config; readonly role: Role; readonly login: Login }> {
  const { config, role } = await transact(async tx => {
    const config = await configOf(tx)
    return { config, role: await roleOf(tx, name || config.defaultRole) }
  })
  if (role.type === 'oidc') throw new ApiError('invalid', 'role with oidc role_type is not allowed')
  if (token === '') throw new ApiError('invalid', 'missing token')
  const claims = await validClaims(source, token, { config, role, now }).catch(
    invalidAs('error validating token: '),
  )
  if (role.boundAudiences.length === 0 && audiencesOf(claims).length > 0)
    throw new ApiError('invalid', 'audience claim found in JWT but no audiences bound to the role')
  const login = parseAs('', () => loginOf(claims, role, mount))
  parseAs('error validating claims: ', () => requireBound(claims, role))
  return { config, role, login }
}

/** The claims of a token that is signed, valid now and issued for the role. @throws {Invalid} */
async function validClaims(
  source: KeySource,
  token: string,
  { config, role, now }: { readonly config: Config; readonly role: Role; readonly now: Date },
): Promise<Claims> {
  const claims = await source.claims(config, token)
  const issuer = config.boundIssuer || (await issuerOf(source, config))
  validate(claims, { role, issuer, now })
  return claims
}

/** A provider with a discovery document signs tokens only in the name of its issuer. */
const issuerOf = async (source: KeySource, config: Config) =>
  config.oidcDiscoveryUrl === '' ? '' : (await source.discovery(config)).issuer
