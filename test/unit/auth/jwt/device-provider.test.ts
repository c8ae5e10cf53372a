import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import type { Config } from '../../../../engine/auth/jwt/config.ts'
import { deviceGrant } from '../../../../engine/auth/jwt/device-provider.ts'
import { KeySource } from '../../../../engine/auth/jwt/key-source.ts'
import type { Role } from '../../../../engine/auth/jwt/roles.ts'

const URL_OF_USER = 'https://id.example.com/device'
const ROLE = { oidcScopes: ['groups', 'openid'] } as unknown as Role
const ANSWER = { device_code: 'd', user_code: 'ABCD-EFGH', verification_uri: URL_OF_USER }

describe('deviceGrant', () => {
  let server: Server
  let answer: object
  let sent: string
  let config: Config

  beforeEach(async () => {
    let endpoint = {}
    server = createServer(async (request, response) => {
      sent = ''
      for await (const chunk of request) sent += chunk
      const issuer = `http://${request.headers.host}`
      if ('none' in answer) endpoint = {}
      else endpoint = { device_authorization_endpoint: `${issuer}/device` }
      const discovery = { issuer, jwks_uri: `${issuer}/keys`, ...endpoint }
      response.end(JSON.stringify(request.url === '/device' ? answer : discovery))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const oidcDiscoveryUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    config = {
      oidcDiscoveryUrl,
      oidcDiscoveryCaPem: '',
      oidcClientId: 'us',
      oidcClientSecret: 's',
    } as Config
  })
  afterEach(() => {
    server.close()
    server.closeAllConnections()
  })

  const grant = (role: Partial<Role> = {}) =>
    deviceGrant(new KeySource(), config, { ...ROLE, ...role })

  for (const [why, given, found] of [
    ['a page that asks for the code', ANSWER, { url: URL_OF_USER, userCode: 'ABCD-EFGH' }],
    [
      'a page that knows the code',
      { ...ANSWER, verification_uri_complete: `${URL_OF_USER}?c=1` },
      { url: `${URL_OF_USER}?c=1`, userCode: undefined },
    ],
    [
      'a page under the name of an older draft',
      { device_code: 'd', user_code: 'A', verification_url: URL_OF_USER },
      { url: URL_OF_USER, userCode: 'A' },
    ],
    [
      'an interval of its own',
      { ...ANSWER, interval: 7, expires_in: 60 },
      { interval: 7, lifetime: 60 },
    ],
    ['no interval', ANSWER, { interval: 5, lifetime: 600 }],
    [
      'nonsense as an interval',
      { ...ANSWER, interval: 'soon', expires_in: -1 },
      { interval: 5, lifetime: 600 },
    ],
  ] as const)
    it(`understands a provider with ${why}`, async () => {
      answer = given
      expect(await grant()).to.deep.include(found)
      expect(Object.fromEntries(new URLSearchParams(sent))).to.deep.equal({
        client_id: 'us',
        scope: 'openid groups',
      })
    })

  it('prefers the interval of the role', async () => {
    answer = { ...ANSWER, interval: 7 }
    expect(await grant({ pollInterval: 2 })).to.deep.include({ interval: 2 })
  })

  for (const [why, given, message] of [
    ['has no device flow', { none: true }, 'no device auth endpoint url discovered'],
    ['gives no code', {}, 'no device_code found in response'],
    [
      'gives an endless code',
      { ...ANSWER, device_code: 'x'.repeat(5000) },
      'no device_code found in response',
    ],
    ['sends the user nowhere', { device_code: 'd' }, 'no verification_uri found in response'],
    [
      'sends the user to a file',
      { ...ANSWER, verification_uri: 'file:///etc/passwd' },
      'no verification_uri found in response',
    ],
    ['has no code for the user', { ...ANSWER, user_code: 7 }, 'no user_code found in response'],
  ] as const)
    it(`refuses a provider that ${why}`, async () => {
      answer = given
      const failed = await grant().catch((error: Error) => error.message)
      expect(failed).to.equal(message)
    })
})
