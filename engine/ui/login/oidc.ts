import { apiPathOf } from '../api/api-path.ts'
import { send } from '../api/request.ts'
import { addressOf } from '../route.ts'
import { text } from '../text.ts'

/** The one thing that the page stores, from the redirect to the provider until the return from it. */
const KEY = 'postern-oidc'

/** What a provider has sent the browser back with. */
interface Return {
  readonly mount: string
  readonly code: string
  readonly state: string
}

const callbackOf = (mount: string) => `auth/${mount}/oidc/callback`

/** Leaves for the provider. @throws {ApiFailure} if the engine gives no address for this role and this page */
export async function leaveForProvider(mount: string, role: string): Promise<void> {
  const nonce = crypto.randomUUID() + crypto.randomUUID()
  const { data } = await send(`auth/${mount}/oidc/auth_url`, {
    method: 'POST',
    data: {
      role,
      redirect_uri: location.origin + addressOf(callbackOf(mount)),
      client_nonce: nonce,
    },
  })
  // of a login that is polled for, from which nobody comes back here
  if (data.state !== undefined) throw new Error(text.login.deviceRole)
  const target = URL.parse(data.auth_url)
  if (target?.protocol !== 'https:' && target?.protocol !== 'http:')
    throw new Error(text.login.noAddress)
  sessionStorage.setItem(KEY, nonce)
  location.assign(target)
}

/**
 * What the address says of a return from a provider. Takes the code and the state out of the address first, so that neither the history nor
 * a copied address has them.
 */
export function takeReturn(): Return | undefined {
  const [, mount] = /^\/ui\/auth\/(.+)\/oidc\/callback$/.exec(location.pathname) ?? []
  const query = new URLSearchParams(location.search)
  if (location.search !== '' || location.hash !== '')
    history.replaceState(undefined, '', location.pathname)
  const [code, state] = [query.get('code'), query.get('state')]
  return mount === undefined || code === null || state === null
    ? undefined
    : { mount: apiPathOf(mount), code, state }
}

/** The token that a return is worth, once, in the tab that left. @throws {ApiFailure | Error} */
export async function tokenFor({ mount, code, state }: Return): Promise<string> {
  const nonce = sessionStorage.getItem(KEY)
  sessionStorage.removeItem(KEY)
  // somebody else's login, which a link may try to make of this tab
  if (nonce === null) throw new Error(text.login.stray)
  const { auth } = await send(callbackOf(mount), {
    query: { code, state, client_nonce: nonce },
  })
  if (!auth) throw new Error(text.login.stray)
  return auth.client_token
}
