import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as secure } from 'node:tls'
import { expect } from 'chai'
import { listen } from '../../../engine/http/listen.ts'
import { gate, listening } from '../../support/listening.ts'
import { wire } from '../../support/wire.ts'

const GET = 'GET /v1/a HTTP/1.1\r\nHost: x\r\n\r\n'
const LIST = 'LIST /v1/a HTTP/1.1\r\nHost: x\r\n\r\n'
const REFUSED = '{"errors":[]}\n'
const LATE = '{"errors":["the request did not arrive in time; it may be sent again"]}\n'

describe('listen', () => {
  it('says where it listens', async () => {
    await using plain = await listening()
    expect(plain.listener.address).to.equal(`127.0.0.1:${plain.port}`)
    expect(plain.listener.url).to.equal(`http://127.0.0.1:${plain.port}`)
    await using secure = await listening({ secure: true })
    expect(secure.listener.url).to.equal(`https://127.0.0.1:${secure.port}`)
  })

  for (const secure of [false, true])
    it(`closes a connection at once whose client says nothing and ends it, ${secure ? 'with' : 'without'} TLS`, async () => {
      await using server = await listening({ secure })
      const socket = connect(server.port, '127.0.0.1')
        .on('error', () => {})
        .resume()
        .end()
      // it waits 10 s for the head of a request
      await once(socket, 'close', { signal: AbortSignal.timeout(5000) })
    })

  for (const address of ['127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '::1:8200', 'a:b', ''])
    it(`does not listen at "${address}"`, async () => {
      const error = await listen({
        address,
        tls: undefined,
        handle: async () => ({ status: 204, body: undefined }),
        log: { debug() {}, warn() {}, error() {} },
      }).catch(each => each)
      expect(error.message).to.equal(
        `"${address}" is not an address to listen on: write host:port, as in "127.0.0.1:8200" or "[::1]:8200"`,
      )
    })

  it('fails if the port is taken', async () => {
    await using first = await listening()
    const error = await listen({
      address: first.listener.address,
      tls: undefined,
      handle: async () => ({ status: 204, body: undefined }),
      log: { debug() {}, warn() {}, error() {} },
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
      expect(answers.map(({ status, body }) => [status, body])).to.deep.equal([[408, LATE]])
    })

    it('for a body', async () => {
      await using server = await listening({ limits })
      const text = 'POST /v1/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{'
      const answers = await wire(server, [text])
      expect(answers.map(({ status, body }) => [status, body])).to.deep.equal([[408, LATE]])
    })

    it('for a body without a valid token', async () => {
      await using server = await listening({
        isKnown: false,
        limits: { ...limits, request: 60_000 },
      })
      for (const length of [9, 1_000_000]) {
        const text = `POST /v1/a HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n{`
        const [answer] = await wire(server, [text])
        expect([answer?.status, answer?.headers.connection, answer?.body]).to.deep.equal([
          408,
          'close',
          '{"errors":["the body of the request did not come in time"]}\n',
        ])
      }
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

    it('for a TLS handshake, and answers a client that is too late', async () => {
      await using server = await listening({ limits, secure: true })
      const socket = connect(server.port, '127.0.0.1')
      await once(socket, 'connect')
      while (server.logged.length === 0) await pause(5)
      const late = secure({ socket, ca: server.ca, servername: 'localhost' })
      late.write(GET)
      const answer = Buffer.concat(await late.toArray()).toString()
      expect(answer).to.match(/^HTTP\/1.1 503 /)
      expect(answer).to.include('{"errors":["the connection was not set up in time; try again"]}')
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
})
