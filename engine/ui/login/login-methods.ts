import { send } from '../api/request.ts'

/** A way to log in that the page knows. */
export type MethodType = 'userpass' | 'oidc' | 'token'

export interface LoginMethod {
  readonly type: MethodType
  /** Path of the mount without slashes at its ends; empty for a token. */
  readonly mount: string
}

const TOKEN: LoginMethod = { type: 'token', mount: '' }

/** The types of mounts, by how the page logs in. */
const TYPES: Readonly<Record<string, MethodType>> = {
  userpass: 'userpass',
  oidc: 'oidc',
  jwt: 'oidc',
}

/**
 * The methods that the engine shows to everybody (`listing_visibility=unauth`), then the default paths of those that it does not show, and
 * a token. @throws {ApiFailure}
 */
export async function loginMethods(): Promise<readonly LoginMethod[]> {
  const { data } = await send('sys/internal/ui/mounts')
  const mounts = Object.entries(data.auth as Readonly<Record<string, { readonly type: string }>>)
  const shown = mounts.flatMap(([path, { type }]) => {
    const known = TYPES[type]
    return known ? [{ type: known, mount: path.replace(/\/$/, '') }] : []
  })
  const rest = (['userpass', 'oidc'] as const)
    .filter(type => !shown.some(method => method.type === type))
    .map(type => ({ type, mount: type }))
  return [...shown, ...rest, TOKEN]
}
