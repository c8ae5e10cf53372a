import { once } from 'node:events'
import { request } from 'node:https'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { listen } from '../../engine/http/listen.ts'
import { wire } from '../support/wire.ts'
import { listening, newIdentity } from './listening.ts'

const GET = 'GET /v1/a HTTP/1.1\r\nHost: x\r\n\r\n'
const LIST = 'LIST /v1/a HTTP/1.1\r\nHost: x\r\n\r\n'
const REFUSED = '{"errors":[]}\n'

/** A handler that answers when it is told to. */
function gate() {
  const entered = Promise.withResolvers<void>()
  const open = Promise.withResolvers<void>()
  return {
    entered: entered.promise,
    open: open.resolve,
    handle: async () => {
      entered.resolve()
      await open.promise
      return { status: 200, body: 'done' }
    },
  }
}

async function handshake(port: number, options: object = {}): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', ...options })
  await once(socket, 'secureConnect')
  return socket
}

describe('listen', () => {
  it('says where it listens', async () => {
    await using plain = await listening()
    expect(plain.listener.address).to.equal(`127.0.0.1:${plain.port}`)
    expect(plain.listener.url).to.equal(`http://127.0.0.1:${plain.port}`)
    await using secure = await listening({ secure: true })
    expect(secure.listener.url).to.equal(`https://127.0.0.1:${secure.port}`)
  })

  for (const address of ['127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '::1:8200', 'a:b', ''])
    it(`does not listen at "${address}"`, async () => {
      const error = await listen({
        address,
        tls: undefined,
        handle: async () => ({ status: 204, body: undefined }),
        log: { debug() {}, error() {} },
      }).catch(each => each)
      expect(error.message).to.equal(
        `"${address}" is not an address to listen on: write host:port, as in "127.0.0.1:8200"`,
      )
    })

  it('fails if the port is taken', async () => {
    await using first = await listening()
    const error = await listen({
      address: first.listener.address,
      tls: undefined,
      handle: async () => ({ status: 204, body: undefined }),
      log: { debug() {}, error() {} },
    }).catch(each => each)
    expect(error.code).to.equal('EADDRINUSE')
  })

  it('takes LIST on TLS, with requests around it', async () => {
    await using server = await listening({ secure: true })
    const answers = await wire(server, [GET + LIST + GET, LIST], { answers: 4, pause: 5 })
    expect(answers.map(({ status }) => status)).to.deep.equal([204, 204, 204, 204])
    expect(server.seen.map(({ operation }) => operation)).to.deep.equal([
      'read',
      'list',
      'read',
      'list',
    ])
  })

  it('answers in the order of the requests', async () => {
    let count = 0
    await using server = await listening({
      handle: async () => {
        const body = String(count++)
        await pause(body === '0' ? 20 : 0)
        return { status: 200, body }
      },
    })
    const answers = await wire(server, [GET + GET + GET], { answers: 3 })
    expect(answers.map(({ body }) => body)).to.deep.equal(['0', '1', '2'])
  })

  describe('refuses', () => {
    for (const [what, text, status] of [
      ['what is no request', 'hello\r\n\r\n', 400],
      ['bytes', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
      ['an unknown verb', 'BREW /v1/a HTTP/1.1\r\nHost: x\r\n\r\n', 405],
      ['a long header', `GET /v1/a HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
      ['a malformed header', 'GET /v1/a HTTP/1.1\r\nHost x\r\n\r\n', 400],
      [
        'two lengths',
        'POST /v1/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
        400,
      ],
      [
        'a malformed chunk',
        'POST /v1/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
        400,
      ],
    ] as const)
      it(`${what} with ${status}`, async () => {
        await using server = await listening()
        const answers = await wire(server, [text], { answers: 2 })
        expect(answers).to.deep.equal([
          {
            status,
            headers: {
              connection: 'close',
              'cache-control': 'no-store',
              'content-type': 'application/json',
              'content-length': '14',
            },
            body: REFUSED,
          },
        ])
        expect(server.logged).to.deep.equal([])
      })

    it('only after what was asked before has been answered', async () => {
      const { handle, entered, open } = gate()
      await using server = await listening({ handle })
      const answers = wire(server, [`${GET}nonsense\r\n\r\n`], { answers: 2 })
      await entered
      open()
      expect((await answers).map(({ status, body }) => [status, body])).to.deep.equal([
        [200, 'done'],
        [400, REFUSED],
      ])
    })
  })

  describe('does not wait for ever', () => {
    const limits = { head: 100, request: 200, idle: 100, stall: 400 }

    it('for a head', async () => {
      await using server = await listening({ limits })
      const answers = await wire(server, ['GET /v1/a HTTP/1.1\r\n'])
      expect(answers.map(({ status, body }) => [status, body])).to.deep.equal([[408, REFUSED]])
    })

    it('for a body', async () => {
      await using server = await listening({ limits })
      const text = 'POST /v1/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{'
      const answers = await wire(server, [text])
      expect(answers.map(({ status, body }) => [status, body])).to.deep.equal([[408, REFUSED]])
    })

    it('for another request', async () => {
      await using server = await listening({ limits })
      const socket = connect(server.port, '127.0.0.1')
      socket.write(GET)
      socket.resume()
      await once(socket, 'close')
    })

    it('for a TLS handshake', async () => {
      await using server = await listening({ limits, secure: true })
      const socket = connect(server.port, '127.0.0.1').resume()
      await once(socket, 'close')
      await pause(5)
      expect(server.logged.map(([level, , text]) => [level, text])).to.deep.equal([
        ['debug', 'TLS handshake failed'],
      ])
    })

    it('for a client that takes no answer', async () => {
      const body = 'x'.repeat(32 * 1024 * 1024)
      await using server = await listening({ limits, handle: async () => ({ status: 200, body }) })
      const socket = connect(server.port, '127.0.0.1').pause()
      socket.write(GET)
      await pause(1500)
      let taken = 0
      socket.on('data', bytes => {
        taken += bytes.length
      })
      socket.on('error', () => {}).resume()
      await once(socket, 'close')
      expect(taken).to.be.below(body.length)
    })
  })

  it('takes no more connections than it is told to', async () => {
    await using server = await listening({ limits: { connections: 1 } })
    const first = connect(server.port, '127.0.0.1')
    await once(first, 'connect')
    await pause(10)
    expect(await wire(server, [GET]).catch(() => [])).to.deep.equal([])
    first.destroy()
    await pause(10)
    expect((await wire(server, [GET])).map(({ status }) => status)).to.deep.equal([204])
  })

  it('does not let one address take the connections of all', async () => {
    for (const secure of [false, true]) {
      await using server = await listening({ secure, limits: { perSource: 1 } })
      const first = connect(server.port, '127.0.0.1')
      await once(first, 'connect')
      await pause(10)
      expect(await wire(server, [GET]).catch(() => [])).to.deep.equal([])
      const elsewhere = connect({ port: server.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
      let ended = false
      elsewhere.once('end', () => {
        ended = true
      })
      await once(elsewhere.resume(), 'connect')
      await pause(10)
      expect(ended).to.equal(false)
      elsewhere.destroy()
      first.destroy()
      await pause(10)
      expect((await wire(server, [GET])).map(({ status }) => status)).to.deep.equal([204])
    }
  })

  it('has room for so many large bodies at the same time, and always for small ones', async () => {
    await using server = await listening({ limits: { bodies: 200_000 } })
    const post = (length: number) =>
      `POST /v1/a HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`
    const body = (length: number) => `{"a":"${'x'.repeat(length - 8)}"}`
    const first = connect(server.port, '127.0.0.1')
    first.write(post(200_000) + body(200_000).slice(0, -1))
    await pause(20)
    const second = await server.ask(post(200_000) + body(200_000))
    expect([second?.status, second?.headers.connection, second?.body]).to.deep.equal([
      503,
      'close',
      '{"errors":["too many large requests at once"]}\n',
    ])
    expect((await server.ask(post(1000) + body(1000)))?.status).to.equal(204)
    first.write('}')
    expect(String(await once(first, 'data'))).to.match(/^HTTP\/1.1 204 /)
    first.destroy()
    expect((await server.ask(post(200_000) + body(200_000)))?.status).to.equal(204)
  })

  it('says nothing of a client that goes away', async () => {
    const { handle, entered, open } = gate()
    await using server = await listening({ handle })
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`${GET}POST /v1/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{`)
    await entered
    socket.destroy()
    await pause(10)
    open()
    await pause(10)
    expect(server.logged).to.deep.equal([])
  })

  describe('on TLS', () => {
    it('resumes no session', async () => {
      await using server = await listening({ secure: true })
      const { port, ca } = server
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
        const first = await handshake(port, { ca, maxVersion })
        const sessions: Buffer[] = []
        first.on('session', session => sessions.push(session))
        first.write(GET)
        await once(first, 'data')
        const session = sessions.at(-1) ?? first.getSession()
        first.destroy()
        const second = await handshake(port, { ca, maxVersion, session })
        expect(second.isSessionReused()).to.equal(false)
        second.destroy()
      }
    })

    it('speaks TLS 1.2 and later, or only 1.3', async () => {
      const { ca, ...pem } = newIdentity()
      for (const [minVersion, maxVersion, spoken] of [
        ['tls12', 'TLSv1.1', false],
        ['tls12', 'TLSv1.2', true],
        ['tls12', 'TLSv1.3', true],
        ['tls13', 'TLSv1.2', false],
        ['tls13', 'TLSv1.3', true],
      ] as const) {
        await using listener = await listen({
          address: '127.0.0.1:0',
          tls: { ...pem, minVersion },
          handle: async () => ({ status: 204, body: undefined }),
          log: { debug() {}, error() {} },
        })
        const port = Number(new URL(listener.url).port)
        const options = { ca, maxVersion, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }
        const socket = await handshake(port, options).catch(() => undefined)
        expect(socket?.getProtocol(), `${minVersion} ${maxVersion}`).to.equal(
          spoken ? maxVersion : undefined,
        )
        socket?.destroy()
      }
    })

    it('shows another certificate after a reload, and keeps the one it has if the other is no good', async () => {
      await using server = await listening({ secure: true })
      const shown = async () => {
        const socket = await handshake(server.port, { rejectUnauthorized: false })
        const fingerprint = socket.getPeerX509Certificate()?.fingerprint256
        socket.destroy()
        return fingerprint
      }
      const [first, other] = [await shown(), newIdentity()]
      for (const bad of [{ certificate: 'nonsense' }, { key: newIdentity().key }])
        expect(() => server.listener.reload({ ...other, ...bad, minVersion: 'tls12' })).to.throw()
      expect(await shown()).to.equal(first)
      const open = await handshake(server.port, { ca: server.ca })
      server.listener.reload({ ...other, minVersion: 'tls13' })
      expect(await shown()).not.to.equal(first)
      open.write(GET)
      expect(String(await once(open, 'data'))).to.match(/^HTTP\/1.1 204 /)
      open.destroy()
    })

    it('fails with a key that is not of the certificate', async () => {
      const [one, two] = [newIdentity(), newIdentity()]
      const error = await listen({
        address: '127.0.0.1:0',
        tls: { certificate: one.certificate, key: two.key, minVersion: 'tls12' },
        handle: async () => ({ status: 204, body: undefined }),
        log: { debug() {}, error() {} },
      }).catch(each => each)
      expect(error.message).to.match(/key values mismatch/)
    })

    it('logs a client that speaks no TLS, at debug', async () => {
      await using server = await listening({ secure: true })
      expect(await wire({ port: server.port }, [GET])).to.deep.equal([])
      expect(server.logged.map(([level, , text]) => [level, text])).to.deep.equal([
        ['debug', 'TLS handshake failed'],
      ])
    })
  })

  for (const secure of [false, true])
    describe(`closed ${secure ? 'on TLS' : 'on plain HTTP'}`, () => {
      it('lets requests under way finish, and takes no others', async () => {
        const { handle, entered, open } = gate()
        const server = await listening({ handle, secure })
        const answers = wire(server, [GET], { answers: 2 })
        await entered
        const closed = server[Symbol.asyncDispose]()
        const late = await wire(server, [GET]).catch(error => error.code)
        expect(late).to.equal('ECONNREFUSED')
        open()
        await closed
        expect(
          (await answers).map(({ status, headers, body }) => [status, headers.connection, body]),
        ).to.deep.equal([[200, 'close', 'done']])
      })

      it('does not wait for connections without a request', async () => {
        const server = await listening({ secure })
        const connected = () =>
          connect(server.port, '127.0.0.1')
            .on('error', () => {})
            .resume()
        const [silent, half, plain] = [connected(), connected(), connected()]
        const idle = server.ca ? await handshake(server.port, { ca: server.ca }) : plain
        const ends = [silent, half, idle].map(socket => once(socket, 'close'))
        half.write('GET /v1/')
        idle.write(GET)
        await once(idle, 'data')
        const before = Date.now()
        await server[Symbol.asyncDispose]()
        expect(Date.now() - before).to.be.below(1000)
        await Promise.all(ends)
      })

      it('waits for a request for a bounded time only', async () => {
        const { handle, entered, open } = gate()
        const server = await listening({ handle, secure, limits: { drain: 50 } })
        const answers = wire(server, [GET])
        await entered
        await server[Symbol.asyncDispose]()
        expect(await answers).to.deep.equal([])
        open()
      })
    })

  it("works with Node's own client, keeping the connection", async () => {
    await using server = await listening({ secure: true })
    const ports = new Set<number>()
    const { Agent } = await import('node:https')
    const agent = new Agent({ keepAlive: true, ca: server.ca })
    for (let count = 0; count < 3; count++) {
      const sent = request({ port: server.port, host: '127.0.0.1', path: '/v1/a', agent }).end()
      const [response] = await once(sent, 'response')
      ports.add(sent.socket?.localPort ?? 0)
      response.resume()
      await once(response, 'end')
    }
    agent.destroy()
    expect(ports.size).to.equal(1)
  })
})
