import { isIP } from 'node:net'
import { duplexPair } from 'node:stream'
import { connect, createSecureContext, TLSSocket } from 'node:tls'

interface Served {
  /** PEM, followed by intermediate certificates. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
  /** PEM of what the client trusts. */
  readonly authority: string
  /** The name or address that the client has dialled. */
  readonly name: string
}

/** Why a TLS client rejects a server, tried with a handshake in memory; undefined if it accepts it. */
export function refusalOf({
  certificate,
  key,
  authority,
  name,
}: Served): Promise<string | undefined> {
  const [near, far] = duplexPair()
  const secureContext = createSecureContext({ cert: certificate, key })
  const server = new TLSSocket(far, { isServer: true, secureContext })
  server.on('error', () => undefined)
  const named = isIP(name) ? { host: name } : { host: name, servername: name }
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const client = connect({ socket: near, ca: authority, ...named }, () => resolve(undefined))
  client.on('error', ({ message }) => resolve(message))
  return promise.finally(() => {
    client.destroy()
    server.destroy()
  })
}
