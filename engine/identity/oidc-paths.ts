import { longRest } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'

const refuseIdentityOidc = async (): Promise<never> => {
  throw new ApiError(
    'invalid',
    'identity tokens and OpenID Connect providers (identity/oidc) are not supported: SSH logins need neither',
  )
}

/** `oidc/…`: Vault's paths for issuing identity tokens, refused with an explanation in place of a 404. */
export const oidcPaths = endpoint({
  path: 'oidc/:path',
  summary: 'Not supported: identity tokens and OpenID Connect providers.',
  description:
    'Every request is refused. To log in to the engine with OpenID Connect, use the auth method oidc.',
  acceptsAnyData: true,
  fields: {
    path: longRest({ default: '', description: 'Any path of Vault below identity/oidc.' }),
  },
  operations: {
    read: refuseIdentityOidc,
    list: refuseIdentityOidc,
    update: refuseIdentityOidc,
    delete: refuseIdentityOidc,
  },
})
