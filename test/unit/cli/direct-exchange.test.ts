import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as Listening,
} from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createRawTlsServer, type TlsOptions } from 'node:tls'
import { expect } from 'chai'
import { directExchange } from '../../../engine/cli/direct-exchange.ts'
import { MAX_REPLY_BYTES } from '../../../engine/cli/exchange.ts'
import type { HttpRequest } from '../../../engine/cli/http-request.ts'
import { tlsOptions } from '../../../shared/tls.ts'
import { certificateAuthority } from '../../support/certificates.ts'

const READ: HttpRequest = { method: 'GET', headers: {}, body: undefined }
const WRITE: HttpRequest = { method: 'PUT', headers: {}, body: '{}' }

describe('directExchange', () => {
  let stack: AsyncDisposableStack
  let folder: string
  beforeEach(() => {
    stack = new AsyncDisposableStack()
    folder = mkdtempSync(join(tmpdir(), 'postern-direct-'))
  })
  afterEach(async () => {
    await stack.disposeAsync()
    rmSync(folder, { recursive: true })
  })

  async function portOf(server: Listening): Promise<number> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    stack.defer(() => void server.close())
    return (server.address() as AddressInfo).port
  }

  async function serve(server: Server): Promise<URL> {
    stack.defer(() => server.closeAllConnections())
    const protocol = 'setSecureContext' in server ? 'https' : 'http'
    return new URL(`${protocol}://127.0.0.1:${await portOf(server)}/v1/a`)
  }

  async function exchange(caFile?: string) {
    const tls = caFile === undefined ? undefined : tlsOptions('127.0.0.1', { caFile })
    return stack.use(await directExchange(tls))
  }

  function secure(addresses = ['127.0.0.1']): { tls: TlsOptions; caFile: string } {
    const authority = certificateAuthority(folder)
    const { keyFile, certFile } = authority.issue({ names: ['other.example'], addresses })
    return {
      caFile: authority.caFile,
      tls: { key: readFileSync(keyFile), cert: readFileSync(certFile) },
    }
  }

  /** Answers with the number of the connection that a request came on. */
  function numbered(): RequestListener {
    const seen: unknown[] = []
    return ({ socket }, response) => {
      if (!seen.includes(socket)) seen.push(socket)
      response.end(`${seen.indexOf(socket)}`)
    }
  }

  for (const protocol of ['http', 'https'])
    it(`sends reads on one connection by ${protocol}, and each write on one of its own`, async () => {
      const { tls, caFile } = secure()
      const server =
        protocol === 'http' ? createServer(numbered()) : createTlsServer(tls, numbered())
      const url = await serve(server)
      const opened = await exchange(protocol === 'http' ? undefined : caFile)
      const used: string[] = []
      for (const request of [READ, WRITE, READ, WRITE, READ])
        used.push((await opened.send(request, url, 5000)).bytes.toString())
      expect(used).to.deep.equal(['0', '1', '0', '2', '0'])
    })

  it('repeats a read whose connection the server has closed meanwhile', async () => {
    const asked: unknown[] = []
    const server = createServer(({ socket }, response) => {
      asked.push(socket)
      if (asked.length === 2) socket.destroy()
      else response.end('{}')
    })
    const url = await serve(server)
    const opened = await exchange()
    await opened.send(READ, url, 5000)
    expect((await opened.send(READ, url, 5000)).status).to.equal(200)
    expect(asked).to.have.length(3)
    expect(asked[1]).to.equal(asked[0])
  })

  for (const request of [READ, WRITE])
    it(`sends a first ${request.method} once`, async () => {
      let asked = 0
      const server = createServer(({ socket }) => {
        asked++
        socket.destroy()
      })
      const url = await serve(server)
      const error = await (await exchange()).send(request, url, 5000).catch(error => error)
      expect([error.code, asked]).to.deep.equal(['ECONNRESET', 1])
    })

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    it(`sends nothing to a server of another name, with ${version}`, async () => {
      const { tls, caFile } = secure([])
      const received: Buffer[] = []
      const server = createRawTlsServer({ ...tls, maxVersion: version }, socket => {
        socket.on('data', part => received.push(part)).on('error', () => undefined)
      })
      const closed = new Promise(resolve =>
        server.on('connection', socket => socket.on('close', resolve)),
      )
      const url = new URL(`https://127.0.0.1:${await portOf(server)}`)
      const opened = await exchange(caFile)
      for (const request of [READ, WRITE]) {
        const error = await opened.send(request, url, 5000).catch(error => error)
        expect(error.code).to.equal('ERR_TLS_CERT_ALTNAME_INVALID')
      }
      await closed
      expect(Buffer.concat(received).toString()).to.equal('')
    })

  it('gives up at the deadline, and when it is closed, although TLS never begins', async () => {
    const silent = createTcpServer(socket => socket.on('error', () => undefined))
    const url = new URL(`https://127.0.0.1:${await portOf(silent)}`)
    const opened = await exchange(secure().caFile)
    const late = await opened.send(READ, url, 50).catch(error => error)
    expect(late.name).to.equal('TimeoutError')
    const waiting = opened.send(WRITE, url, 5000).catch(error => error)
    await once(silent, 'connection')
    await opened[Symbol.asyncDispose]()
    expect(await waiting).to.be.an('error')
  })

  it('accepts no reply without an end', async () => {
    const part = Buffer.alloc(1024 * 1024)
    let written = 0
    const server = createServer((_, response) => {
      const more = () => {
        written++
        response.write(part, error => error || setImmediate(more))
      }
      more()
    })
    const url = await serve(server)
    const error = await (await exchange()).send(READ, url, 20_000).catch(error => error)
    expect(error.message).to.equal('the response is too large')
    expect(written * part.length).to.be.below(2 * MAX_REPLY_BYTES)
  })
})
