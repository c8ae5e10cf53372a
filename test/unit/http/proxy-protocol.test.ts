import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { expect } from 'chai'
import { type Listening, listening } from '../../support/listening.ts'
import { wire } from '../../support/wire.ts'

const GET = 'GET /v1/a HTTP/1.1\r\nHost: x\r\n\r\n'
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

/** A header of version 2. */
function v2(command: number, family: number, rest: string): Buffer {
  const bytes = Buffer.from(rest, 'hex')
  const head = Buffer.from([0x20 | command, family, bytes.length >> 8, bytes.length & 255])
  return Buffer.concat([SIGNATURE, head, bytes])
}

const V4 = v2(1, 0x11, 'cb007109 0a000001 1267 2008'.replaceAll(' ', ''))
const V6 = v2(1, 0x21, `20010db8${'0'.repeat(22)}09${'0'.repeat(32)}12672008`)

const proxy = (denyUnauthorized = true, authorized = '127.0.0.1') => ({
  isAuthorized: (address: string) => address === authorized,
  denyUnauthorized,
})

/** Where a request comes from that stands behind a header; nothing if it is not answered. */
async function origin(server: Listening, header: string | Buffer) {
  const bytes = Buffer.concat([Buffer.from(header), Buffer.from(GET)])
  const answers = await wire({ port: server.port }, [bytes]).catch(() => [])
  return answers[0]?.status === 204 ? server.seen.at(-1)?.client : undefined
}

describe('The PROXY protocol', () => {
  for (const [what, header, client] of [
    ['version 1', 'PROXY TCP4 203.0.113.9 10.0.0.1 4711 8200\r\n', ['203.0.113.9', 4711]],
    ['version 1 with IPv6', 'PROXY TCP6 2001:DB8::9 ::1 4711 8200\r\n', ['2001:db8::9', 4711]],
    ['version 2', V4, ['203.0.113.9', 4711]],
    ['version 2 with IPv6', V6, ['2001:db8::9', 4711]],
    [
      'version 2 with more behind',
      v2(1, 0x11, `cb0071090a00000112672008${'04000100'.repeat(3)}`),
      ['203.0.113.9', 4711],
    ],
  ] as const)
    it(`says where a connection comes from, in ${what}`, async () => {
      await using server = await listening({ proxy: proxy() })
      const { address, port } = (await origin(server, header)) ?? expect.fail()
      expect([address, port]).to.deep.equal(client)
    })

  for (const [what, header] of [
    ['none', ''],
    ['one of version 1 that does not say', 'PROXY UNKNOWN\r\n'],
    ['one of version 2 about the balancer itself', v2(0, 0, '')],
  ] as const)
    it(`leaves a connection with ${what} where it is`, async () => {
      await using server = await listening({ proxy: proxy() })
      expect((await origin(server, header))?.address).to.equal('127.0.0.1')
    })

  for (const [what, header] of [
    ['of an unknown family', 'PROXY UNIX /a /b 1 2\r\n'],
    ['without an address', 'PROXY TCP4 nowhere 10.0.0.1 4711 8200\r\n'],
    ['without an end', `PROXY TCP4 ${'1'.repeat(200)}`],
    ['of version 3', Buffer.concat([SIGNATURE, Buffer.from([0x31, 0x11, 0, 0])])],
    ['that is too short', v2(1, 0x11, '7f000001')],
    ['that is too long', Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0xff, 0xff])])],
  ] as const)
    it(`closes a connection with a header ${what}`, async () => {
      await using server = await listening({ proxy: proxy() })
      expect(await origin(server, header)).to.equal(undefined)
      expect(server.seen.length).to.equal(0)
    })

  it('counts for nothing from elsewhere', async () => {
    const header = 'PROXY TCP4 203.0.113.9 10.0.0.1 4711 8200\r\n'
    await using strict = await listening({ proxy: proxy(true, '192.0.2.1') })
    expect([await origin(strict, ''), await origin(strict, header)]).to.deep.equal([
      undefined,
      undefined,
    ])
    await using lax = await listening({ proxy: proxy(false, '192.0.2.1') })
    expect(await origin(lax, header)).to.equal(undefined)
    expect((await origin(lax, ''))?.address).to.equal('127.0.0.1')
  })

  it('may come in pieces, and before TLS', async () => {
    await using server = await listening({ proxy: proxy(), secure: true })
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    for (const byte of V4) {
      socket.write(Buffer.from([byte]))
      await pause(1)
    }
    const secure = connectTls({ socket, ca: server.ca, host: '127.0.0.1' })
    await once(secure, 'secureConnect')
    secure.write(GET)
    await once(secure, 'data')
    secure.destroy()
    expect(server.seen[0]?.client.address).to.equal('203.0.113.9')
  })

  it('is stripped off a TLS hello in the same packet', async () => {
    await using server = await listening({ proxy: proxy(), secure: true })
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.cork()
    socket.write(V4)
    const secure = connectTls({ socket, ca: server.ca, host: '127.0.0.1' })
    setImmediate(() => socket.uncork())
    await once(secure, 'secureConnect')
    secure.write(GET)
    await once(secure, 'data')
    secure.destroy()
    expect(server.seen[0]?.client.address).to.equal('203.0.113.9')
  })

  it('counts a connection to where it comes from', async () => {
    await using server = await listening({ proxy: proxy(), limits: { perSource: 1 } })
    const hold = async (address: string): Promise<Socket> => {
      const socket = connect(server.port, '127.0.0.1').resume()
      socket.write(`PROXY TCP4 ${address} 10.0.0.1 4711 8200\r\n`)
      await once(socket, 'connect')
      await pause(10)
      return socket
    }
    const first = await hold('203.0.113.9')
    const other = await hold('203.0.113.10')
    const again = await hold('203.0.113.9')
    expect([first, other, again].map(each => each.readableEnded || each.destroyed)).to.deep.equal([
      true,
      false,
      false,
    ])
    for (const socket of [first, other, again]) socket.destroy()
  })
})
