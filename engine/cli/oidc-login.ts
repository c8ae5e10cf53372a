import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import { childEnvironment } from './child-environment.ts'
import type { Client } from './client.ts'
import type { Envelope, JsonObject } from './envelope.ts'
import { EXIT, Failure } from './failure.ts'
import type { World } from './world.ts'

/** Milliseconds that a person has for logging in at the provider. */
const PATIENCE = 2 * 60_000

interface Circumstances {
  /** The mount of the method, without `auth/`. */
  readonly mount: string
  /** role, and where to listen: listenaddress, port, callbackhost, callbackport, callbackmethod, skip_browser. */
  readonly given: JsonObject
  /** Tells the person something that is not the result. */
  readonly tell: (text: string) => void
  /** In which the browser is started. */
  readonly environment: World['environment']
}

/** Sends the person to the provider with a browser, and waits on a port of this machine until they are back. */
export async function oidcLogin(
  client: Client,
  { mount, given, tell, environment }: Circumstances,
): Promise<Envelope | undefined> {
  const text = (name: string, usual: string) => String(given[name] ?? usual)
  const port = text('port', '8250')
  await using back = await listen(text('listenaddress', 'localhost'), Number(port))
  const method = text('callbackmethod', 'http')
  const host = text('callbackhost', 'localhost')
  const redirect_uri = `${method}://${host}:${text('callbackport', port)}/oidc/callback`
  const client_nonce = randomBytes(20).toString('base64url')
  const asked = { role: text('role', ''), redirect_uri, client_nonce }
  const url = String(
    (await client.write(`auth/${mount}/oidc/auth_url`, asked))?.data?.auth_url ?? '',
  )
  if (!/^https?:\/\//.test(url))
    throw new Failure(
      `Unable to authorize role ${JSON.stringify(asked.role)} with redirect_uri ${JSON.stringify(redirect_uri)}: the role must allow it`,
      EXIT.server,
    )
  tell(`Complete the login via your OIDC provider. Open this in a browser:\n\n    ${url}\n`)
  if (!['1', 't', 'true'].includes(text('skip_browser', 'false').toLowerCase()))
    openBrowser(url, environment)
  tell('Waiting for OIDC authentication to complete...')
  // awaited here: the port closes when this function has ended
  return await back.serve(query =>
    client.read(`auth/${mount}/oidc/callback`, { ...query, client_nonce }),
  )
}

type Query = Readonly<Record<string, string>>
type Ask = (query: Query) => Promise<Envelope | undefined>

interface Listening extends AsyncDisposable {
  /** Answers the browser with what `ask` makes of what it brings, and gives that. */
  serve(ask: Ask): Promise<Envelope | undefined>
}

async function listen(address: string, port: number): Promise<Listening> {
  const arrived = Promise.withResolvers<{ query: Query; response: ServerResponse }>()
  const server = createServer(({ url = '', method }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    if (method !== 'GET' || pathname !== '/oidc/callback') return void response.writeHead(404).end()
    const [state, code, error] = ['state', 'code', 'error'].map(name => searchParams.get(name))
    const query = { state: state ?? '', code: code ?? '', ...(error && { error }) }
    arrived.resolve({ query, response })
  })
  const opened = Promise.withResolvers<void>()
  server.once('error', error =>
    opened.reject(
      new Failure(`cannot listen for the browser on ${address}:${port}: ${error.message}`),
    ),
  )
  // as Go's clients: browsers try this address of the two that the name may have
  server.listen(port, address === 'localhost' ? '127.0.0.1' : address, () => opened.resolve())
  await opened.promise
  return {
    async serve(ask) {
      const late = new Failure('timed out waiting for response from provider', EXIT.server)
      const timer = setTimeout(() => arrived.reject(late), PATIENCE)
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

/** Tells the browser how the login went; why it failed is told where the command was typed. */
async function answer(response: ServerResponse, login: Promise<Envelope | undefined>) {
  const [ended] = await Promise.allSettled([login])
  const text = ended.status === 'fulfilled' ? 'You are logged in.' : 'The login failed.'
  const headers = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }
  response.writeHead(ended.status === 'fulfilled' ? 200 : 400, headers)
  response.end(`${text} You can close this window and go back to your terminal.\n`)
  return login
}

/** Opens the browser, where there is one; the person has the address in any case. */
function openBrowser(url: string, env: World['environment']): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open'
  const child = spawn(program, [url], {
    stdio: 'ignore',
    detached: true,
    env: childEnvironment(env),
  })
  // there is none: the address stands in the terminal
  child.on('error', () => {})
  child.unref()
}
