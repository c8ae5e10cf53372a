import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Client } from '../../../engine/cli/client.ts'
import { proxyFor } from '../../../engine/cli/http-proxy.ts'
import { Secret } from '../../../shared/secret.ts'
import { certificateAuthority } from '../../support/certificates.ts'

const PROXY = 'http://proxy.example:3128'

describe('The proxy of the environment', () => {
  for (const [server, environment, origin] of [
    ['https://a.example', {}, undefined],
    ['https://a.example', { HTTPS_PROXY: PROXY }, PROXY],
    ['https://a.example', { https_proxy: ` ${PROXY}\r` }, PROXY],
    ['https://a.example', { HTTPS_PROXY: 'proxy.example:3128' }, PROXY],
    ['https://a.example', { HTTP_PROXY: PROXY }, undefined],
    ['http://a.example', { HTTP_PROXY: PROXY }, PROXY],
    ['http://a.example', { HTTP_PROXY: PROXY, REQUEST_METHOD: 'GET' }, undefined],
    ['https://localhost:8200', { HTTPS_PROXY: PROXY }, undefined],
    ['https://127.0.0.2:8200', { HTTPS_PROXY: PROXY }, undefined],
    ['https://[::1]:8200', { HTTPS_PROXY: PROXY }, undefined],
    ['https://[::1]:8200', { VAULT_PROXY_ADDR: PROXY, NO_PROXY: '*' }, PROXY],
  ] as const)
    it(`is ${origin} for ${server} with ${JSON.stringify(environment)}`, () => {
      expect(proxyFor(new URL(server), environment)?.origin).to.equal(origin)
    })

  for (const [server, list, spared] of [
    ['https://a.example', '*', true],
    ['https://a.example', 'example', true],
    ['https://A.example', 'b.other, a.EXAMPLE', true],
    ['https://a.example', '.example', true],
    ['https://example', '.example', false],
    ['https://a.example', '*.example', true],
    ['https://anexample', 'example', false],
    ['https://a.example:8200', 'a.example:8200', true],
    ['https://a.example:8201', 'a.example:8200', false],
    ['https://a.example', 'a.example:443', true],
    ['https://10.1.2.3', '10.0.0.0/8', true],
    ['https://11.1.2.3', '10.0.0.0/8', false],
    ['https://10.1.2.3', '10.1.2.3', true],
    ['https://[2001:db8::1]:8200', '2001:DB8:0::1', true],
    ['https://[2001:db8::1]:8200', '[2001:db8::1]:8200', true],
    ['https://a.example', 'nonsense/99', false],
  ] as const)
    it(`is ${spared ? 'none' : 'used'} for ${server} where NO_PROXY is ${list}`, () => {
      const environment = { HTTPS_PROXY: PROXY, NO_PROXY: list }
      expect(proxyFor(new URL(server), environment) === undefined).to.equal(spared)
    })

  it('is refused where it is none, without showing a password', () => {
    for (const text of ['socks5://ann:hunter2@proxy', 'http://ann:hunter2@'])
      expect(() => proxyFor(new URL('https://a.example'), { HTTPS_PROXY: text }))
        .to.throw('HTTPS_PROXY is not the address of a proxy')
        .with.property('message')
        .that.does.not.include('hunter2')
  })
})

describe('A client with a proxy', () => {
  let stack: AsyncDisposableStack
  let folder: string
  beforeEach(() => {
    stack = new AsyncDisposableStack()
    folder = mkdtempSync(join(tmpdir(), 'postern-proxy-'))
    stack.defer(() => rmSync(folder, { recursive: true }))
  })
  afterEach(() => stack.disposeAsync())

  async function listening(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    stack.defer(async () => {
      server.close()
    })
    return (server.address() as AddressInfo).port
  }

  /** A proxy that leads every name to `port` here, and notes what it was asked. */
  async function proxy(port: number, refusal?: string) {
    const asked: (string | undefined)[] = []
    const server = createServer((inner, response) => {
      asked.push(inner.url, inner.headers['proxy-authorization'])
      const { pathname } = new URL(inner.url ?? '')
      inner.pipe(
        request({ port, path: pathname, headers: inner.headers }, reply => {
          response.writeHead(reply.statusCode ?? 0)
          reply.pipe(response)
        }),
      )
    })
    server.on('connect', (inner, socket) => {
      asked.push(inner.url, inner.headers['proxy-authorization'])
      if (refusal) return socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`)
      const other = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        other.pipe(socket).pipe(other)
      })
      for (const end of [socket, other]) end.on('error', () => end.destroy())
      return undefined
    })
    return { asked, port: await listening(server) }
  }

  const client = (address: string, proxyUrl: string, caFile?: string) =>
    stack.use(
      new Client({
        address: new URL(address),
        token: new Secret('t'),
        namespace: undefined,
        wrapTtl: undefined,
        headers: {},
        deadline: 5000,
        trust: { caFile },
        proxy: server => proxyFor(server, { HTTPS_PROXY: proxyUrl, HTTP_PROXY: proxyUrl }),
      }),
    )

  async function secureServer() {
    const authority = certificateAuthority(folder)
    const { keyFile, certFile } = authority.issue({ names: ['vault.example.test'] })
    const server = createTlsServer(
      { key: readFileSync(keyFile), cert: readFileSync(certFile) },
      (incoming, response) => {
        response.end(JSON.stringify({ data: { token: incoming.headers['x-vault-token'] } }))
      },
    )
    return { port: await listening(server), caFile: authority.caFile }
  }

  it('sends it only the name of a server with TLS, and trusts no other CA', async () => {
    const { port, caFile } = await secureServer()
    const { asked, port: at } = await proxy(port)
    const known = client(
      'https://vault.example.test:8200',
      `http://ann:pass@127.0.0.1:${at}`,
      caFile,
    )
    expect((await known.read('x'))?.data).to.deep.equal({ token: 't' })
    expect(asked).to.deep.equal(['vault.example.test:8200', 'Basic YW5uOnBhc3M='])
    for (const [name, file, reason] of [
      ['other.example.test', caFile, 'its certificate is for another name'],
      [
        'vault.example.test',
        undefined,
        'its certificate is signed by a CA that is not trusted here',
      ],
    ] as const) {
      const work = client(`https://${name}`, `http://127.0.0.1:${at}`, file).read('x')
      const error = await work.catch((error: Error) => error)
      expect((error as Error).message).to.include(
        `no answer from https://${name} by way of the proxy http://127.0.0.1:${at}: ${reason}`,
      )
    }
  })

  it('sends requests to a server without TLS', async () => {
    const port = await listening(createServer((_, response) => response.end('{"data": {"a": 1}}')))
    const { asked, port: at } = await proxy(port)
    const plain = client('http://vault.example.test:8200', `http://127.0.0.1:${at}`)
    expect((await plain.read('x'))?.data).to.deep.equal({ a: 1 })
    expect(asked).to.deep.equal(['http://vault.example.test:8200/v1/x', undefined])
  })

  for (const [refusal, says] of [
    ['407 Proxy Authentication Required', 'requires a user name and a password (407)\n\nSet them'],
    ['503 Service Unavailable', 'refused with 503\n\nThe proxy is set in HTTPS_PROXY'],
  ] as const)
    it(`says why a proxy that answers ${refusal} gave none, without its password`, async () => {
      const { port: at } = await proxy(1, refusal)
      const work = client('https://vault.example.test', `http://ann:hunter2@127.0.0.1:${at}`)
      const error = await work.read('x').catch((error: Error) => error)
      expect((error as Error).message).to.include(
        `no answer from https://vault.example.test by way of the proxy http://127.0.0.1:${at}: the proxy ${says}`,
      )
      expect((error as Error).message).not.to.include('hunter2')
    })
})
