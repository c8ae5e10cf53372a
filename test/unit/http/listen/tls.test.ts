import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { expect } from 'chai'
import { listen } from '../../../../engine/http/listen.ts'
import { handshake, listening, newIdentity } from '../../../support/listening.ts'
import { wire } from '../../../support/wire.ts'

const GET = 'GET /v1/a HTTP/1.1\r\nHost: x\r\n\r\n'

describe('listen on TLS', () => {
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
        log: { debug() {}, warn() {}, error() {} },
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
    expect(server.listener.certificateExpiry?.getTime()).to.be.greaterThan(Date.now())
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
      log: { debug() {}, warn() {}, error() {} },
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

  it("works with Node's own client, keeping the connection", async () => {
    await using server = await listening({ secure: true })
    const ports = new Set<number>()
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
