import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Envelope } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'

/** Milliseconds for the user to log in at the provider. */
const LOGIN_TIMEOUT = 2 * 60_000

export type Query = Readonly<Record<string, string>>
type Ask = (query: Query) => Promise<Envelope | undefined>

/** The local port that the provider redirects the browser to. */
export interface OidcListener extends AsyncDisposable {
  /**
   * Waits for the redirect with `state`, passes its parameters to `ask`, tells the browser whether that succeeded, and gives its result.
   * Other requests, of other users of the machine or of web pages, get a 404.
   */
  serve(state: string, ask: Ask): Promise<Envelope | undefined>
}

interface Place {
  readonly address: string
  readonly port: number
  /** Accepted values of the Host header. */
  readonly hosts: readonly string[]
}

/** Starts to listen; call this before opening the browser. @throws {Failure} */
export async function listenForBrowser(place: Place): Promise<OidcListener> {
  const arrived = Promise.withResolvers<{ query: Query; response: ServerResponse }>()
  let expected: string | undefined
  const server = createServer((request, response) => {
    const query = queryOf(request, place.hosts)
    if (!query || expected === undefined || query.state !== expected)
      return void response.writeHead(404, { connection: 'close' }).end()
    // the state is accepted once
    expected = undefined
    arrived.resolve({ query, response })
  })
  await opened(server, place)
  return {
    async serve(state, ask) {
      expected = state
      const late = new Failure('timed out waiting for response from provider', EXIT.server)
      const timer = setTimeout(() => arrived.reject(late), LOGIN_TIMEOUT)
      const { query, response } = await arrived.promise.finally(() => clearTimeout(timer))
      return answer(response, ask(query))
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeIdleConnections()
      setTimeout(() => server.closeAllConnections(), 1000).unref()
      await closed
    },
  }
}

function opened(server: ReturnType<typeof createServer>, { address, port }: Place): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // also after listening, so that no error ends the program
  server.on('error', error =>
    reject(new Failure(`cannot listen for the browser on ${address}:${port}: ${error.message}`)),
  )
  // as Vault's clients do; browsers try this address of localhost, too
  server.listen(port, address === 'localhost' ? '127.0.0.1' : address, resolve)
  return promise
}

/** The parameters of a redirect from the provider; `undefined` for any other request. */
function queryOf(
  { method, url = '', headers }: IncomingMessage,
  hosts: readonly string[],
): Query | undefined {
  const host = URL.parse(`http://${headers.host}`)?.hostname
  const asked = url.startsWith('/') ? URL.parse(`http://localhost${url}`) : undefined
  if (method !== 'GET' || host === undefined || !hosts.includes(host)) return undefined
  if (asked?.pathname !== '/oidc/callback') return undefined
  const part = (name: string) => asked.searchParams.get(name)
  const error = part('error')
  return { state: part('state') ?? '', code: part('code') ?? '', ...(error && { error }) }
}

/** Tells the browser whether the login succeeded. The reason for a failure is printed at the terminal only. */
async function answer(response: ServerResponse, login: Promise<Envelope | undefined>) {
  const [ended] = await Promise.allSettled([login])
  const text = ended.status === 'fulfilled' ? 'You are logged in.' : 'The login failed.'
  const headers = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }
  response.writeHead(ended.status === 'fulfilled' ? 200 : 400, headers)
  response.end(`${text} You can close this window and go back to your terminal.\n`)
  return login
}
