import { randomBytes } from 'node:crypto'
import type { CliIo } from '../cli-io.ts'
import type { Client } from '../client.ts'
import { drawQrCode } from '../draw-qr-code.ts'
import type { Envelope, JsonObject } from '../envelope.ts'
import { Failure } from '../failure.ts'
import { valueText } from '../value-text.ts'
import { callbackModeOf, type LoginPlace, placeOf } from './login-place.ts'
import { listenForBrowser } from './oidc-listener.ts'
import { openBrowser } from './open-browser.ts'
import { pollLogin } from './poll-login.ts'

interface OidcLoginInput {
  /** The mount of the method, without `auth/`. */
  readonly mount: string
  /**
   * role, callbackmode, and the options of listener and browser: listenaddress, port, callbackhost, callbackport, callbackmethod,
   * skip_browser, show_qr, abort_on_error.
   */
  readonly given: JsonObject
  /** Prints a message for the user, apart from the result. */
  readonly note: (text: string) => void
  readonly io: Pick<CliIo, 'environment' | 'stderr'>
}

/**
 * Sends the user to the login page of the provider, on this machine or on another one, and waits until the provider has confirmed the
 * login: to a local port that it redirects the browser to, or to the server, which is polled.
 */
export async function oidcLogin(
  client: Client,
  input: OidcLoginInput,
): Promise<Envelope | undefined> {
  const { mount } = input
  const text = textsIn(input.given)
  const { address, port, host, redirect_uri } = listenerOf(input, client)
  const client_nonce = randomBytes(20).toString('base64url')
  const mode = callbackModeOf(text('callbackmode', ''))
  const asked = { role: text('role', ''), redirect_uri, client_nonce }
  const reply = await client.write(`auth/${mount}/oidc/auth_url`, asked)
  const place = placeOf(reply, { ...asked, mode })
  const { state, interval } = place
  if (interval !== undefined) {
    await announce(place, input)
    return pollLogin(client, { mount, state, client_nonce, interval })
  }
  await using back = await listenForBrowser({ address, port, hosts: hostsOf(host, address) })
  await announce(place, input)
  // awaited here: the port closes when this function returns
  return await back.serve(state, query =>
    client.read(`auth/${mount}/oidc/callback`, { ...query, client_nonce }),
  )
}

const textsIn = (given: JsonObject) => (name: string, usual: string) =>
  valueText(given[name] ?? usual)

/** Where this machine waits for the browser, and how the provider redirects it there, or to the server. */
function listenerOf({ mount, given }: OidcLoginInput, client: Client) {
  const text = textsIn(given)
  const port = portOf(text('port', '8250'))
  const server = text('callbackmode', '') === 'direct' ? new URL(client.address) : undefined
  const host = text('callbackhost', server?.hostname ?? 'localhost')
  const method = text('callbackmethod', server?.protocol.slice(0, -1) ?? 'http')
  const serverPort = server?.port || (method === 'https' ? '443' : '80')
  const callbackPort = text('callbackport', server ? `${serverPort}/v1/auth/${mount}` : `${port}`)
  return {
    address: text('listenaddress', 'localhost'),
    port,
    host,
    redirect_uri: `${method}://${host}:${callbackPort}/oidc/callback`,
  }
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

/** Tells the user where to log in, and what to enter there. Opens the page in the browser, if there is one. */
async function announce(place: LoginPlace, { given, note, io }: OidcLoginInput): Promise<void> {
  const { href, interval, userCode, shownCode } = place
  const text = textsIn(given)
  const anywhere = interval === undefined ? '' : ', on this machine or on any other'
  note(
    `Complete the login via your OIDC provider. Open this in a browser${anywhere}:\n\n    ${href}\n`,
  )
  const draws = text('show_qr', String(interval !== undefined && io.stderr.isTTY === true))
  if (isTrue(draws) && !(await drawQrCode(href, io)) && given.show_qr !== undefined)
    note('There is no terminal to draw the QR code on, or it is too narrow.\n')
  if (!isTrue(text('skip_browser', 'false')))
    await openBrowser(href, io.environment).catch(error => {
      // without a browser, the user opens the printed address
      if (isTrue(text('abort_on_error', 'false')))
        throw new Failure(`failed to launch the browser abort_on_error=true, err=${error.message}`)
    })
  if (userCode !== undefined) note(`When prompted, enter code ${userCode}\n`)
  else if (interval !== undefined && shownCode !== undefined)
    note(`Confirm the login only if the page shows the code ${shownCode}\n`)
  note('Waiting for OIDC authentication to complete... (Ctrl-C gives up)')
}

const isTrue = (text: string) => ['1', 't', 'true'].includes(text.toLowerCase())
