import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TlsOptions } from 'node:tls'
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

  async function serve(handle: Handler, tls?: TlsOptions): Promise<string> {
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
        proxy: () => undefined,
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

  for (const status of [301, 302, 307, 308])
    it(`follows a ${status} once, and says where a second one points`, async () => {
      const seen: unknown[] = []
      const address = await serve(({ method, url }, response) => {
        seen.push([method, url])
        response.writeHead(status, { location: '/v1/again' }).end()
      })
      expect(await failure(client(address).write('sys/seal'))).to.equal(
        `${address} sent a redirect (${status}) to ${address}/v1/again for the second time, and nothing was done: set POSTERN_ADDR or VAULT_ADDR to the address of the server`,
      )
      expect(seen).to.deep.equal([
        ['PUT', '/v1/sys/seal'],
        ['PUT', '/v1/again'],
      ])
    })

  for (const [why, status, headers, place] of [
    ['a 303', 303, { location: 'https://elsewhere/ui?token=1' }, 'to https://elsewhere/ui'],
    ['a 300', 300, { location: 'https://elsewhere/' }, 'to https://elsewhere/'],
    ['a 304', 304, {}, 'nowhere'],
    ['a 307 without a place', 307, {}, 'nowhere'],
    ['a 307 to what is no address', 307, { location: 'https://[' }, 'nowhere'],
    ['a 307 to another protocol', 307, { location: 'ftp://elsewhere/a' }, 'to ftp://elsewhere/a'],
    ['a 307 with a password', 307, { location: 'http://ann:s3cret@there/' }, 'to http://there/'],
  ] as const)
    it(`does not take ${why} for an answer`, async () => {
      const address = await serve(says(status, '', headers))
      for (const work of [client(address).write('sys/seal'), client(address).delete('a')])
        expect(await failure(work)).to.equal(
          `${address} sent a redirect (${status}) ${place} which is not followed, and nothing was done: set POSTERN_ADDR or VAULT_ADDR to the address of the server`,
        )
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
    ['no such page of a proxy', 404, '<html>', 'Code: 404. Raw Message:\n\n<html>'],
    ['no such page of another API', 404, '{"message":"x"}', 'Code: 404. Raw Message:'],
    ['what this API never answers', 206, '{"data":{}}', 'Code: 206. Raw Message:'],
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

  it('does not take a 404 for something done, whatever comes with it', async () => {
    const address = await serve(says(404, '{"request_id":"1","data":{"a":1},"warnings":["w"]}'))
    expect(await failure(client(address).write('a', {}))).to.include('Code: 404.')
    expect(await failure(client(address).delete('a'))).to.include('Code: 404.')
  })

  it('shows no value of a query', async () => {
    const address = await serve(says(400, '{"errors":["no"]}'))
    const message = await failure(client(address).read('a', { code: 's3cret' }))
    expect(message).to.include(`URL: GET ${address}/v1/a\n`)
    expect(await failure(client(address).list('a'))).to.include(`${address}/v1/a?list=true\n`)
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
      expect(await failure(client(address, { trust: { skipVerify: true } }).read('a'))).to.equal(
        undefined,
      )
    })

    it('trusts an intermediate authority, and the very certificate of the server', async () => {
      const authority = certificateAuthority(folder).below(join(folder, 'intermediate'))
      const { keyFile, certFile } = authority.issue({ addresses: ['127.0.0.1'] })
      const tls = { key: readFileSync(keyFile), cert: readFileSync(certFile) }
      const address = await serve(says(204, ''), tls)
      const own = join(folder, 'own.pem')
      writeFileSync(own, new X509Certificate(tls.cert).toString())
      for (const caFile of [authority.caFile, own])
        expect(await failure(client(address, { trust: { caFile } }).read('a'))).to.equal(undefined)
    })

    it('asks whether the clock is right where a certificate is not valid yet', async () => {
      const authority = certificateAuthority(folder)
      const made = authority.issue({ addresses: ['127.0.0.1'], startsIn: 2, days: 9 })
      const tls = { key: readFileSync(made.keyFile), cert: readFileSync(made.certFile) }
      const address = await serve(says(204, ''), tls)
      const trust = { caFile: authority.caFile }
      expect(await failure(client(address, { trust }).read('a'))).to.equal(
        `no answer from ${address}: its certificate is not valid yet\n\nIs the clock of this machine correct? If it is, the server needs another certificate.`,
      )
    })

    it('trusts no other', async () => {
      const { address } = await secure()
      expect(await failure(client(address).read('a'))).to.equal(
        `no answer from ${address}: its certificate is signed by a CA that is not trusted here\n\nSet POSTERN_CACERT, VAULT_CACERT or -ca-cert to the certificate of that CA.`,
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

    for (const tls of [true, false])
      it(`verifies a server by its own name, when ${tls ? 'TLS' : 'plain HTTP'} led to it`, async () => {
        const authority = certificateAuthority(folder)
        const serveAs = (owner: Parameters<typeof authority.issue>[0], handle: Handler) => {
          const { keyFile, certFile } = authority.issue(owner)
          return serve(handle, { key: readFileSync(keyFile), cert: readFileSync(certFile) })
        }
        const byName = await serveAs({ names: ['localhost'] }, says(204, ''))
        const there = byName.replace('127.0.0.1', 'localhost')
        const redirect = says(307, '', { location: `${there}/v1/a` })
        const here = tls
          ? await serveAs({ names: [], addresses: ['127.0.0.1'] }, redirect)
          : await serve(redirect)
        const trust = { caFile: authority.caFile }
        expect(await failure(client(here, { trust }).read('a'))).to.equal(undefined)
        expect(await failure(client(here, { trust: {} }).read('a'))).to.match(/not trusted here/)
        const serverName = 'elsewhere'
        expect(await failure(client(here, { trust: { ...trust, serverName } }).read('a'))).to.match(
          /certificate is for another name/,
        )
      })

    it('speaks TLS 1.2 only with forward secrecy', async () => {
      const [keyFile, certFile] = [join(folder, 'rsa.key'), join(folder, 'rsa.pem')]
      const made = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=x -addext subjectAltName=IP:127.0.0.1 -keyout ${keyFile} -out ${certFile}`
      execFileSync('openssl', made.split(' '), { stdio: 'ignore' })
      const pem = { key: readFileSync(keyFile), cert: readFileSync(certFile) }
      const answers: unknown[] = []
      for (const ciphers of ['AES128-GCM-SHA256:AES128-SHA', 'ECDHE-RSA-AES128-GCM-SHA256']) {
        const address = await serve(says(204, ''), { ...pem, ciphers, maxVersion: 'TLSv1.2' })
        for (const trust of [{ caFile: certFile }, { skipVerify: true }])
          answers.push((await failure(client(address, { trust }).read('a')))?.replace(address, ''))
      }
      const refused = 'no answer from : ssl/tls alert handshake failure'
      expect(answers).to.deep.equal([refused, refused, undefined, undefined])
    })

    it('says which file it cannot read', async () => {
      const trust = { caFile: '/nonexistent.pem' }
      expect(await failure(client('https://127.0.0.1:1', { trust }).read('a'))).to.match(
        /^failed to setup TLS config: \/nonexistent\.pem does not exist/,
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
        `no answer from ${plain}: the connection was closed\n\nIf the server speaks TLS, set POSTERN_ADDR=${address}.`,
      )
    })
  })
})
