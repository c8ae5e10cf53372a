import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { expect } from 'chai'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { NOW } from '../../support/issuer.ts'
import { testEngine } from '../../support/test-engine.ts'

const CLAIMS = { sub: 'ann', aud: 'postern', iat: NOW, exp: NOW + 300 }

interface Signer {
  readonly key: CryptoKey
  readonly jwk: JWK
}

async function signer(): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  return { key: privateKey, jwk: await exportJWK(publicKey) }
}

const signedBy = ({ key }: Signer, header: object = {}) =>
  new SignJWT(CLAIMS).setProtectedHeader({ alg: 'ES256', ...header }).sign(key)

describe('The keys of an issuer', () => {
  /** What the server answers with: a set of keys, or bytes as they are. */
  let shown: { readonly keys: readonly unknown[] } | string
  let server: Server
  let url: string

  beforeEach(async () => {
    server = createServer((request, response) => {
      if (typeof shown === 'string') (request.socket as Socket).end(shown)
      else response.end(JSON.stringify(shown))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  async function trusting() {
    const here = await testEngine()
    await here.post('sys/auth/jwt', { type: 'jwt' })
    const configure = () => here.post('auth/jwt/config', { jwks_url: url })
    const logIn = async (token: string) => {
      await configure()
      await here.post('auth/jwt/role/web', {
        role_type: 'jwt',
        user_claim: 'sub',
        bound_audiences: 'postern',
      })
      return (await here.post('auth/jwt/login', { role: 'web', jwt: token }, '')).status
    }
    return { configure, logIn }
  }

  it('are each tried for a token that names none', async () => {
    const all = await Promise.all(Array.from({ length: 18 }, signer))
    const { logIn } = await trusting()
    shown = { keys: all.slice(0, 2).map(({ jwk }, at) => ({ ...jwk, kid: `key-${at}` })) }
    expect(await logIn(await signedBy(all[1]!))).to.equal(200)
    expect(await logIn(await signedBy(all[1]!, { kid: 'key-0' }))).to.equal(400)
    expect(await logIn(await signedBy(all[2]!))).to.equal(400)
    const { logIn: again } = await trusting()
    shown = { keys: all.map(({ jwk }) => jwk) }
    expect(await again(await signedBy(all[15]!))).to.equal(200)
    expect(await again(await signedBy(all[16]!)), 'after sixteen').to.equal(400)
  })

  it('are of use although others beside them are none', async () => {
    const one = await signer()
    const { logIn } = await trusting()
    shown = {
      keys: [null, 7, 'key', [], {}, { kty: 'oct', k: 'AAAA' }, { kty: 'XYZ' }, one.jwk],
    }
    expect(await logIn(await signedBy(one))).to.equal(200)
  })

  for (const [why, answer] of [
    [
      'changes to another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\nhello',
    ],
    ['closes without a word', ''],
    ['closes in the middle', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"keys":'],
    ['says nothing but that it goes on', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ] as const)
    it(`are asked for again after a server that ${why}`, async () => {
      const one = await signer()
      const { configure, logIn } = await trusting()
      shown = answer
      const { status, body } = await configure()
      expect(status).to.equal(400)
      expect(JSON.stringify(body)).to.match(
        /^{"errors":\["error checking jwks URL: http:\/\/127\.0\.0\.1:\d+\/[^"]*: .{4,}"\]}$/,
      )
      shown = { keys: [one.jwk] }
      expect(await logIn(await signedBy(one))).to.equal(200)
    })
})
