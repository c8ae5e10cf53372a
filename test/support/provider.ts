import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type ClientAuthMethod } from 'oidc-provider'

interface Site extends AsyncDisposable {
  readonly url: string
  /** What a mount is told about it. */
  readonly config: Readonly<Record<string, string>>
  /** How often it has been given a code. */
  readonly tokensAsked: () => number
  /** How often it has been asked for a device code. */
  readonly devicesAsked: () => number
  /** Has the next questions for tokens answered with these errors, as a provider that is asked too often does. */
  readonly refuse: (...errors: readonly string[]) => void
}

const SECRET = 's3cret & more'

interface Lifetimes {
  /** Seconds that a device code is valid for. */
  readonly device?: number
}

/** A real provider, which lets anybody be whom they say they are. */
export async function provider(back: string, lifetimes: Lifetimes = {}): Promise<Site> {
  let [asked, devices] = [0, 0]
  const refusals: string[] = []
  const server = createServer((request, response) => {
    if (request.url === '/device/auth') devices++
    if (request.url === '/token') asked++
    const error = request.url === '/token' ? refusals.shift() : undefined
    if (error === undefined) return void answer(request, response)
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = (client_id: string, token_endpoint_auth_method: ClientAuthMethod) => ({
    client_id,
    client_secret: SECRET,
    redirect_uris: [back],
    application_type: 'native' as const,
    grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
    token_endpoint_auth_method,
  })
  const real = new Provider(url, {
    clients: [
      client('postern', 'client_secret_basic'),
      client('in-the-form', 'client_secret_post'),
    ],
    features: { deviceFlow: { enabled: true } },
    ttl: { DeviceCode: lifetimes.device ?? 600 },
    claims: { openid: ['sub'], groups: ['groups'] },
    pkce: { required: () => true },
    findAccount: async (_: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, groups: ['ops'] }),
    }),
    cookies: { keys: ['x'] },
  })
  const answer = real.callback()
  return {
    url,
    config: { oidc_discovery_url: url, oidc_client_id: 'postern', oidc_client_secret: SECRET },
    tokensAsked: () => asked,
    devicesAsked: () => devices,
    refuse: (...errors) => void refusals.push(...errors),
    [Symbol.asyncDispose]: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What a browser does: follows redirects, keeps cookies, and sends off the forms with the name of the person. */
export async function browse(
  start: string,
  { back, name }: { readonly back: string; readonly name: string },
): Promise<URL> {
  const { url } = await surf(start, { name, isThere: page => page.url.startsWith(back) })
  return new URL(url)
}

/** What a person does who is sent there by a device: logs in and confirms the code, or says no. Gives the code that the page showed. */
export async function confirm(
  start: string,
  { name, denies = false }: { readonly name: string; readonly denies?: boolean },
): Promise<string> {
  let shown = ''
  await surf(start, {
    name,
    denies,
    isThere({ html }) {
      shown ||= /<code>([^<]+)</.exec(html)?.[1] ?? ''
      return /Sign-in Success|was interrupted/.test(html)
    },
  })
  return shown
}

interface Page {
  readonly url: string
  readonly html: string
}

interface Trip {
  readonly name: string
  readonly denies?: boolean
  readonly isThere: (page: Page) => boolean
}

async function surf(start: string, { name, denies = false, isThere }: Trip): Promise<Page> {
  const cookies = new Map<string, string>()
  let [url, form]: [string, URLSearchParams | undefined] = [start, undefined]
  for (let step = 0; step < 16; step++) {
    if (isThere({ url, html: '' })) return { url, html: '' }
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(each => each.join('=')).join('; ') },
      ...(form && { method: 'POST', body: form }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [key = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      cookies.set(key, value)
    }
    const [location, html] = [response.headers.get('location'), await response.text()]
    if (isThere({ url, html })) return { url, html }
    form = location ? undefined : formIn(html, { name, denies })
    url = new URL(location ?? /<form[^>]* action="([^"]+)"/.exec(html)?.[1] ?? '', url).href
  }
  throw new Error('the provider never comes to an end')
}

/** The form of a page, filled in. */
function formIn(html: string, { name, denies }: Pick<Trip, 'name' | 'denies'>): URLSearchParams {
  const form = new URLSearchParams()
  for (const [input] of html.matchAll(/<input[^>]*>/g)) {
    const [, key = ''] = /name="([^"]+)"/.exec(input) ?? []
    const [, value = ''] = /value="([^"]+)"/.exec(input) ?? []
    if (/type="hidden"/.test(input)) form.set(key, value)
  }
  if ([...form].length === 0) throw new Error(`the provider shows ${html}`)
  if (form.has('prompt')) form.set('login', name)
  if (form.has('prompt')) form.set('password', 'x')
  if (form.has('confirm') && denies) form.set('abort', 'yes')
  return form
}
