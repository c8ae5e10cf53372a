import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import { gate, handshake, listening } from '../../../support/listening.ts'
import { wire } from '../../../support/wire.ts'

const GET = 'GET /v1/a HTTP/1.1\r\nHost: x\r\n\r\n'

for (const secure of [false, true])
  describe(`listen, closed ${secure ? 'on TLS' : 'on plain HTTP'}`, () => {
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
      expect(Date.now() - before).to.be.below(5000)
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
