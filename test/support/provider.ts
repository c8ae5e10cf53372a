import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

interface Site extends AsyncDisposable {
  readonly url: string
  /** How often it has been given a code. */
  readonly tokensAsked: () => number
}

/** A real provider, which lets anybody be whom they say they are. */
export async function provider(back: string): Promise<Site> {
  let asked = 0
  const server = createServer(({ url: path }) => {
    if (path === '/token') asked++
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const real = new Provider(url, {
    clients: [
      {
        client_id: 'postern',
        client_secret: 's3cret & more',
        redirect_uris: [back],
        application_type: 'native',
      },
    ],
    claims: { openid: ['sub'], groups: ['groups'] },
    pkce: { required: () => true },
    findAccount: async (_: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, groups: ['ops'] }),
    }),
    cookies: { keys: ['x'] },
  })
  server.on('request', real.callback())
  return {
    url,
    tokensAsked: () => asked,
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
  const cookies = new Map<string, string>()
  let [url, form]: [string, URLSearchParams | undefined] = [start, undefined]
  for (let step = 0; step < 12; step++) {
    if (url.startsWith(back)) return new URL(url)
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(each => each.join('=')).join('; ') },
      ...(form && { method: 'POST', body: form }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [key = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      cookies.set(key, value)
    }
    const location = response.headers.get('location')
    const html = await response.text()
    form = undefined
    if (location) url = new URL(location, url).href
    else {
      const [, action = ''] = /<form[^>]* action="([^"]+)"/.exec(html) ?? []
      const [, prompt = ''] = /name="prompt" value="([^"]+)"/.exec(html) ?? []
      if (prompt === '') throw new Error(`the provider shows ${response.status} ${html}`)
      url = new URL(action, url).href
      form = new URLSearchParams({ prompt, login: name, password: 'x' })
    }
  }
  throw new Error('the provider never sends us back')
}
