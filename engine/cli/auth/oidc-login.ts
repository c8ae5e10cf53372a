import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { childEnvironment } from '../child-environment.ts'
import type { CliIo } from '../cli-io.ts'
import type { Client } from '../client.ts'
import type { Envelope, JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { system } from '../system.ts'
import { valueText } from '../value-text.ts'
import { listenForBrowser } from './oidc-listener.ts'

interface OidcLoginInput {
  /** The mount of the method, without `auth/`. */
  readonly mount: string
  /** role, and the options of the listener: listenaddress, port, callbackhost, callbackport, callbackmethod, skip_browser. */
  readonly given: JsonObject
  /** Prints a message for the user, apart from the result. */
  readonly note: (text: string) => void
  /** The environment of the browser. */
  readonly environment: CliIo['environment']
}

/** Opens the login page of the provider in a browser, and waits on a local port for its redirect. */
export async function oidcLogin(
  client: Client,
  { mount, given, note, environment }: OidcLoginInput,
): Promise<Envelope | undefined> {
  const text = (name: string, usual: string) => valueText(given[name] ?? usual)
  const [port, host] = [portOf(text('port', '8250')), text('callbackhost', 'localhost')]
  const address = text('listenaddress', 'localhost')
  await using back = await listenForBrowser({ address, port, hosts: hostsOf(host, address) })
  const method = text('callbackmethod', 'http')
  const redirect_uri = `${method}://${host}:${text('callbackport', `${port}`)}/oidc/callback`
  const client_nonce = randomBytes(20).toString('base64url')
  const asked = { role: text('role', ''), redirect_uri, client_nonce }
  const reply = await client.write(`auth/${mount}/oidc/auth_url`, asked)
  const { href, state } = placeOf(reply, asked)
  note(`Complete the login via your OIDC provider. Open this in a browser:\n\n    ${href}\n`)
  if (!['1', 't', 'true'].includes(text('skip_browser', 'false').toLowerCase()))
    openBrowser(href, environment)
  note('Waiting for OIDC authentication to complete...')
  // awaited here: the port closes when this function returns
  return await back.serve(state, query =>
    client.read(`auth/${mount}/oidc/callback`, { ...query, client_nonce }),
  )
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new Failure("'port' must be a number from 0 to 65535")
}

/** Host names that requests may be for; others may come from a web page by DNS rebinding. */
const hostsOf = (...names: readonly string[]): readonly string[] =>
  [...names, 'localhost', '127.0.0.1', '[::1]'].flatMap(name => {
    const bracketed = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name
    return URL.parse(`http://${bracketed}`)?.hostname ?? []
  })

/** The login page of the provider, and the state that the redirect will carry. */
function placeOf(
  reply: Envelope | undefined,
  { role, redirect_uri }: { readonly role: string; readonly redirect_uri: string },
): { readonly href: string; readonly state: string } {
  const url = URL.parse(valueText(reply?.data?.auth_url ?? ''))
  const state = url?.searchParams.get('state')
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Failure(
      `Unable to authorize role ${JSON.stringify(role)} with redirect_uri ${JSON.stringify(redirect_uri)}: the role must allow it`,
      EXIT.server,
    )
  if (state) return { href: url.href, state }
  throw new Failure('unexpected response of the server: its auth_url has no state', EXIT.server)
}

/** Opens the browser, if there is one; the address is printed in any case. */
function openBrowser(url: string, environment: CliIo['environment']): void {
  const [program = '', ...words] = system.openPage
  const env = childEnvironment(environment)
  const child = spawn(program, [...words, url], { stdio: 'ignore', detached: true, env })
  // no browser: the user opens the printed address
  child.on('error', () => {})
  child.unref()
}
