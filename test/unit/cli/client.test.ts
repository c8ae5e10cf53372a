import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { Client } from '../../../engine/cli/client.ts'
import { envelopeOf } from '../../../engine/cli/envelope.ts'
import type { Settings } from '../../../engine/cli/settings.ts'
import { Secret } from '../../../shared/secret.ts'
import { certificateAuthority } from '../../support/certificates.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

describe('Client', () => {
  let stack: AsyncDisposableStack
  beforeEach(() => {
    stack = new AsyncDisposableStack()
  })
  afterEach(() => stack.disposeAsync())

  async function serve(handle: Handler, tls?: { key: Buffer; cert: Buffer }): Promise<string> {
    const server = tls ? createTlsServer(tls, handle) : createServer(handle)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    stack.defer(() => {
      server.closeAllConnections()
      server.close()
    })
    return `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  const client = (address: string, changes: Partial<Settings> = {}) =>
    stack.use(
      new Client({
        address: new URL(address),
        token: undefined,
        namespace: undefined,
        wrapTtl: undefined,
        headers: {},
        deadline: 5000,
        trust: {},
        ...changes,
      }),
    )

  const says =
    (status: number, body: string, headers: Record<string, string> = {}): Handler =>
    (_, response) => {
      response.writeHead(status, headers).end(body)
    }

  const failure = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: Error) => error.message,
    )

  it('asks as Vault’s clients do', async () => {
    const seen: unknown[] = []
    const address = await serve(({ method, url, headers }, response) => {
      const { host: _, connection: __, 'content-length': ___, ...rest } = headers
      seen.push([method, url, rest])
      response.writeHead(204).end()
    })
    const asking = client(`${address}/base`, {
      token: new Secret('t'),
      namespace: 'team/',
      wrapTtl: 60,
      headers: { 'x-trace': '1' },
    })
    await asking.write('ssh/creds/web', { ip: '::1' })
    await asking.list('ssh/roles', { after: 'a b' })
    const headers = {
      'x-trace': '1',
      'x-vault-request': 'true',
      'x-vault-token': 't',
      'x-vault-namespace': 'team/',
      'x-vault-wrap-ttl': '60s',
    }
    expect(seen).to.deep.equal([
      ['PUT', '/base/v1/ssh/creds/web', { ...headers, 'content-type': 'application/json' }],
      ['GET', '/base/v1/ssh/roles?after=a+b&list=true', headers],
    ])
  })

  it('follows one redirect, with the body and the token', async () => {
    const seen: unknown[] = []
    const active = await serve(async (request, response) => {
      seen.push([
        request.method,
        request.url,
        request.headers['x-vault-token'],
        await text(request),
      ])
      response.end('{"data": {"a": 1}}')
    })
    const standby = await serve(says(307, '', { location: `${active}/v1/a` }))
    const found = await client(standby, { token: new Secret('t') }).write('a', { b: 2 })
    expect(found).to.deep.equal(envelopeOf({ data: { a: 1 } }))
    expect(seen).to.deep.equal([['PUT', '/v1/a', 't', '{"b":2}']])
  })

  it('does not follow a second redirect', async () => {
    let count = 0
    const address = await serve((_, response) => {
      count++
      response.writeHead(307, { location: '/v1/again' }).end()
    })
    await client(address).read('a')
    expect(count).to.equal(2)
  })

  for (const [why, status, body, found] of [
    [
      'an envelope',
      200,
      '{"request_id":"1","data":{"a":1}}',
      envelopeOf({ request_id: '1', data: { a: 1 } }),
    ],
    ['nothing', 204, '', undefined],
    ['nothing there', 404, '{"errors":[]}', undefined],
    [
      'nothing there but a warning',
      404,
      '{"request_id":"1","warnings":["w"]}',
      envelopeOf({ request_id: '1', warnings: ['w'] }),
    ],
  ] as const)
    it(`gives back ${why}`, async () => {
      expect(await client(await serve(says(status, body))).read('a')).to.deep.equal(found)
    })

  for (const [why, status, body, message] of [
    ['an error', 400, '{"errors":["no"]}', 'Code: 400. Errors:\n\n* no'],
    ['several errors', 500, '{"errors":["a","b"]}', 'Code: 500. Errors:\n\n* a\n* b'],
    ['no such path', 404, '{"errors":["no handler"]}', 'Code: 404. Errors:\n\n* no handler'],
    ['a page of a proxy', 502, '<html>', 'Code: 502. Raw Message:\n\n<html>'],
    [
      'text that is no JSON',
      200,
      'ssh-rsa A',
      'answered with text that is not JSON: try "read -format=raw"',
    ],
  ] as const)
    it(`fails with ${why}`, async () => {
      expect(await failure(client(await serve(says(status, body))).read('a'))).to.include(message)
    })

  it('gives up at the deadline, however slowly something comes', async () => {
    const address = await serve((_, response) => {
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    })
    const before = Date.now()
    const message = await failure(client(address, { deadline: 300 }).read('a'))
    expect(message).to.match(/nothing came within 0\.3s/)
    expect(Date.now() - before).to.be.below(3000)
  })

  describe('over TLS', () => {
    let folder: string
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'postern-tls-'))
    })
    after(() => rmSync(folder, { recursive: true }))

    async function secure(handle: Handler = says(204, ''), names: readonly string[] = []) {
      const authority = certificateAuthority(folder)
      const { keyFile, certFile } = authority.issue({
        names,
        addresses: names.length > 0 ? [] : ['127.0.0.1'],
      })
      const tls = { key: readFileSync(keyFile), cert: readFileSync(certFile) }
      return { address: await serve(handle, tls), caFile: authority.caFile }
    }

    it('trusts the CA that it is given', async () => {
      const { address, caFile } = await secure()
      expect(await failure(client(address, { trust: { caFile } }).read('a'))).to.equal(undefined)
      expect(await failure(client(address, { trust: { caPath: folder } }).read('a'))).to.equal(
        undefined,
      )
      expect(await failure(client(address, { trust: { anybody: true } }).read('a'))).to.equal(
        undefined,
      )
    })

    it('trusts no other', async () => {
      const { address } = await secure()
      expect(await failure(client(address).read('a'))).to.equal(
        `no answer from ${address}: its certificate comes from a CA that is not trusted here\n\nName the file of the CA that made it in POSTERN_CACERT or VAULT_CACERT, or give -ca-cert.`,
      )
    })

    it('wants a certificate for the name', async () => {
      const { address, caFile } = await secure(says(204, ''), ['vault.example'])
      const trust = { caFile, serverName: 'vault.example' }
      expect(await failure(client(address, { trust }).read('a'))).to.equal(undefined)
      expect(await failure(client(address, { trust: { caFile } }).read('a'))).to.match(
        /its certificate is for another name/,
      )
    })

    it('says which file it cannot read', async () => {
      const trust = { caFile: '/nonexistent.pem' }
      expect(await failure(client('https://127.0.0.1:1', { trust }).read('a'))).to.match(
        /^failed to setup TLS config: ENOENT.*\/nonexistent\.pem/,
      )
    })

    it('is not led from TLS to plain HTTP', async () => {
      const seen: string[] = []
      const plain = await serve((request, response) => {
        seen.push(request.url ?? '')
        response.end()
      })
      const { address, caFile } = await secure(says(307, '', { location: `${plain}/v1/a` }))
      const token = new Secret('t')
      const message = await failure(client(address, { token, trust: { caFile } }).read('a'))
      expect([message, seen]).to.deep.equal(['redirect would cause protocol downgrade', []])
    })

    it('tells a plain client what to do', async () => {
      const { address } = await secure()
      const plain = address.replace('https:', 'http:')
      expect(await failure(client(plain).read('a'))).to.equal(
        `no answer from ${plain}: the connection was broken off\n\nIf the server speaks TLS, set POSTERN_ADDR=${address}.`,
      )
    })
  })
})
