import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { gate, listening } from '../../support/listening.ts'
import { wire } from '../../support/wire.ts'

const GET = 'GET /v1/a HTTP/1.1\r\nHost: x\r\n\r\n'

describe('Connections', () => {
  it('answers the requests of one connection one after the other', async () => {
    let [underWay, most] = [0, 0]
    await using server = await listening({
      handle: async () => {
        most = Math.max(most, ++underWay)
        await pause(2)
        underWay--
        return { status: 204, body: undefined }
      },
    })
    const answers = await wire(server, [GET.repeat(20)], { answers: 20 })
    expect([answers.length, most]).to.deep.equal([20, 1])
  })

  it('reads no further while many requests wait on a connection', async () => {
    const { handle, entered, open } = gate()
    await using server = await listening({ handle })
    const socket = connect(server.port, '127.0.0.1').resume()
    let answered = 0
    socket.on('data', part => {
      answered += String(part).split('HTTP/1.1 200').length - 1
    })
    const total = 200_000
    const sent = new Promise<void>(resolve => socket.write(GET.repeat(total), () => resolve()))
    await entered
    await pause(200)
    // most of it is still on its way
    expect(socket.writableLength).to.be.above(1e6)
    socket.destroy()
    open()
    await sent.catch(() => {})
    expect(answered).to.be.below(10)
  })

  it('answers all of many requests on a connection', async () => {
    await using server = await listening()
    const answers = await wire(server, [GET.repeat(500)], { answers: 500 })
    expect(answers.length).to.equal(500)
  })

  it('answers requests before a CONNECT first', async () => {
    await using server = await listening()
    const answers = await wire(
      server,
      [`${GET.repeat(5)}CONNECT a:22 HTTP/1.1\r\nHost: x\r\n\r\n`],
      {
        answers: 6,
      },
    )
    expect(answers.map(({ status }) => status)).to.deep.equal([204, 204, 204, 204, 204, 405])
  })

  describe('with a connection for each place', () => {
    /** A connection from an address of this machine; tells whether it has been closed. */
    async function hold(port: number, localAddress = '127.0.0.1') {
      const socket = connect({ port, host: '127.0.0.1', localAddress })
      const held = { socket, isClosed: false }
      socket.on('error', () => {}).resume()
      socket.once('close', () => {
        held.isClosed = true
      })
      await once(socket, 'connect')
      await pause(10)
      return held
    }

    for (const secure of [false, true]) {
      const over = secure ? 'TLS' : 'TCP'

      it(`closes the one that has waited longest for a new one, over ${over}`, async () => {
        await using server = await listening({ secure, limits: { connections: 2 } })
        const first = await hold(server.port, '127.0.0.2')
        const second = await hold(server.port, '127.0.0.3')
        expect((await wire(server, [GET])).map(({ status }) => status)).to.deep.equal([204])
        await pause(10)
        expect([first.isClosed, second.isClosed]).to.deep.equal([true, false])
        second.socket.destroy()
      })

      it(`lets each source have its share, over ${over}`, async () => {
        await using server = await listening({ secure, limits: { perSource: 1 } })
        const first = await hold(server.port)
        const elsewhere = await hold(server.port, '127.0.0.2')
        expect((await wire(server, [GET])).map(({ status }) => status)).to.deep.equal([204])
        await pause(10)
        expect([first.isClosed, elsewhere.isClosed]).to.deep.equal([true, false])
        elsewhere.socket.destroy()
      })
    }

    it('closes none on which a request is under way', async () => {
      const { handle, entered, open } = gate()
      await using server = await listening({ handle, limits: { connections: 1 } })
      const answers = wire(server, [GET])
      await entered
      expect(await wire(server, [GET]).catch(() => [])).to.deep.equal([])
      open()
      expect((await answers).map(({ status }) => status)).to.deep.equal([200])
    })

    it('closes one that has never sent a request before one that has', async () => {
      await using server = await listening({ limits: { connections: 2 } })
      const good = await hold(server.port)
      good.socket.write(GET)
      await once(good.socket, 'data')
      const slow = await hold(server.port)
      slow.socket.write('POST /v1/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{')
      await pause(10)
      expect((await wire(server, [GET])).map(({ status }) => status)).to.deep.equal([204])
      expect([good.isClosed, slow.isClosed]).to.deep.equal([false, true])
      good.socket.destroy()
    })

    it('closes one that waits for the rest of a request, whatever it has brought before', async () => {
      await using server = await listening({ limits: { connections: 2 } })
      const stalled = [await hold(server.port, '127.0.0.2'), await hold(server.port, '127.0.0.3')]
      for (const { socket } of stalled) {
        socket.write(`${GET}POST /v1/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{`)
        await once(socket, 'data')
      }
      await pause(10)
      expect((await wire(server, [GET])).map(({ status }) => status)).to.deep.equal([204])
      expect(stalled.map(({ isClosed }) => isClosed)).to.deep.equal([true, false])
      for (const { socket } of stalled) socket.destroy()
    })

    it('closes one that does not take its answer', async () => {
      const large = { status: 200, body: Buffer.alloc(32 * 1024 * 1024) }
      await using server = await listening({
        limits: { connections: 2 },
        handle: async ({ path }) => (path === 'large' ? large : { status: 204, body: undefined }),
      })
      const deaf = [await hold(server.port, '127.0.0.2'), await hold(server.port, '127.0.0.3')]
      for (const { socket } of deaf)
        socket.pause().write('GET /v1/large HTTP/1.1\r\nHost: x\r\n\r\n')
      await pause(100)
      expect((await wire(server, [GET])).map(({ status }) => status)).to.deep.equal([204])
      for (const { socket } of deaf) socket.destroy()
    })

    it('closes idle ones, where there are more of them, before one that is being connected', async () => {
      await using server = await listening({ limits: { connections: 4 } })
      const idle = []
      for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) {
        const held = await hold(server.port, from)
        held.socket.write(GET)
        await once(held.socket, 'data')
        idle.push(held)
      }
      const slow = await hold(server.port, '127.0.0.5')
      expect((await wire(server, [GET])).map(({ status }) => status)).to.deep.equal([204])
      await pause(10)
      expect([...idle, slow].map(({ isClosed }) => isClosed)).to.deep.equal([
        true,
        false,
        false,
        false,
      ])
      for (const { socket } of [...idle, slow]) socket.destroy()
    })

    it('closes a connection of the same source at its limit', async () => {
      await using server = await listening({ limits: { connections: 3, perSource: 2 } })
      const other = await hold(server.port, '127.0.0.2')
      const own = [await hold(server.port), await hold(server.port)]
      expect((await wire(server, [GET])).map(({ status }) => status)).to.deep.equal([204])
      await pause(10)
      expect([other, ...own].map(({ isClosed }) => isClosed)).to.deep.equal([false, true, false])
      for (const { socket } of [other, ...own]) socket.destroy()
    })

    it('keeps no place for connections that were reset before they were taken in', async () => {
      await using server = await listening({ limits: { connections: 4, perSource: 2 } })
      // taken in only when all of them are gone: nothing runs here meanwhile
      const reset = `
        for (let count = 0; count < 40; count++) {
          const socket = require('node:net').connect(${server.port}, '127.0.0.1')
          socket.once('connect', () => socket.resetAndDestroy()).on('error', () => {})
        }`
      execFileSync(process.execPath, ['-e', reset])
      await pause(50)
      const idle = []
      for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'])
        idle.push(await hold(server.port, from))
      expect((await wire(server, [GET])).map(({ status }) => status)).to.deep.equal([204])
      for (const { socket } of idle) socket.destroy()
    })
  })
})
