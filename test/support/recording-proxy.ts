import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A request as it was sent, without what differs between two runs that do the same. */
export interface Recorded {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** As JSON where it is. */
  readonly body: unknown
  /** Those that servers of Vault's kind read, without the token. */
  readonly headers: Readonly<Record<string, unknown>>
  readonly hasToken: boolean
}

/** A server that passes on every request to another one, and remembers it. */
export interface RecordingProxy extends AsyncDisposable {
  readonly address: string
  /** The requests since the last call. */
  take(): readonly Recorded[]
}

/** Headers that say what is asked for. */
const MEANT = ['x-vault-request', 'x-vault-wrap-ttl', 'x-vault-namespace']

export async function recordingProxy(target: string): Promise<RecordingProxy> {
  let recorded: Recorded[] = []
  const server = createServer(async (incoming, response) => {
    const bytes = await buffer(incoming)
    const { method = '', url = '', headers } = incoming
    const meant = MEANT.map(name => [name, headers[name]] as const)
    recorded.push({
      method,
      path: url,
      body: bodyOf(bytes.toString()),
      headers: Object.fromEntries(meant.filter(([, value]) => value !== undefined)),
      hasToken: headers['x-vault-token'] !== undefined,
    })
    const outgoing = request(new URL(url, target), { method, headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    outgoing.end(bytes)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = recorded
      recorded = []
      return taken
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function bodyOf(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}
