import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

/** Somebody who signs tokens and shows the keys, over HTTP on this machine. */
export interface Issuer extends AsyncDisposable {
  readonly url: string
  /** How often the keys have been asked for. */
  readonly asked: () => number
  /** Signs with a new key from now on, which the set of keys then has besides the old ones. */
  rotate(alg?: string): Promise<void>
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>
}

/** What stands for now in tokens of tests: seconds since 1970. */
export const NOW = Date.parse('2026-01-01T00:00:00Z') / 1000

export async function issuer(): Promise<Issuer> {
  const keys: JWK[] = []
  let current: { readonly key: CryptoKey; readonly alg: string; readonly kid: string } | undefined
  let asked = 0
  const server = createServer(({ url: path }, response) => {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    if (path === '/keys') asked++
    const body =
      path === '/keys' ? { keys } : { issuer: base, jwks_uri: `${base}/keys`, token_endpoint: base }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const rotate = async (alg = 'ES256') => {
    const { privateKey, publicKey } = await generateKeyPair(alg)
    const kid = `key-${keys.length}`
    keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })
    current = { key: privateKey, alg, kid }
  }
  await rotate()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    rotate,
    sign: claims =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: current!.alg, kid: current!.kid })
        .sign(current!.key),
    [Symbol.asyncDispose]: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
      }),
  }
}
