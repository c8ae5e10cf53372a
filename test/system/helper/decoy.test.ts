import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import type { ExitReason } from '../../../helper/exit-codes.ts'
import { Bed, type Ended, expectEnd, PAM, type Run } from '../../support/helper.ts'
import { Hostile, reply } from '../../support/hostile.ts'

const REFUSED = reply(400, { errors: ['OTP not found'] })
const ECHO = reply(200, { data: { message: 'verify-echo-response' } })
const FILLER = '\b\n\r\x7fINCORRECT'.repeat(4).slice(0, 36)

/** What somebody on the way between host and engine sees. */
interface Link extends AsyncDisposable {
  readonly url: string
  readonly connections: number
  /** Of what the host has sent, the sizes of the pieces of TLS in their order. */
  readonly records: readonly string[]
}

/** A link that takes half of `rtt` milliseconds each way. */
async function link(port: number, rtt: number): Promise<Link> {
  const records: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const pass = async (bytes: Buffer, to: Socket) => {
    await wait(rtt / 2)
    to.write(bytes)
  }
  const server = createServer(from => {
    const to = connect(port, '127.0.0.1')
    const number = ++connections
    let sent = Buffer.alloc(0)
    for (const socket of [from, to]) sockets.add(socket.on('error', () => {}))
    from.on('data', async bytes => {
      sent = Buffer.concat([sent, bytes])
      for (
        ;
        sent.length >= 5 && sent.length >= 5 + sent.readUInt16BE(3);
        sent = sent.subarray(5 + sent.readUInt16BE(3))
      )
        records.push(`${number}: ${sent[0]}, ${sent.readUInt16BE(3)} bytes`)
      await pass(bytes, to)
    })
    to.on('data', bytes => pass(bytes, from))
    to.on('end', () => wait(rtt / 2).then(() => from.end()))
    from.on('close', () => to.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections
    },
    records,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** A user who exists, and those who are refused on the host itself, their names equally long. */
const KINDS: readonly (readonly [string, Run, ExitReason, RegExp])[] = [
  ['a user who exists', {}, 'denied', /OTP not found/],
  [
    'one who does not',
    { env: { ...PAM, PAM_USER: 'nobdy' }, input: FILLER },
    'input',
    /sshd does not let this user log in/,
  ],
  [
    'one who is not in allowed_users',
    { env: { ...PAM, PAM_USER: 'carol' } },
    'denied',
    /not in allowed_users/,
  ],
  ['one who typed something else', { input: 'correct horse battery' }, 'input', /not shaped like/],
  ['one whose password is shorter', { input: '001111-abcdef-0000hk' }, 'denied', /OTP not found/],
  ['one who made a typing error', { input: '001111-abcdfe-0000hk' }, 'input', /typing error/],
]

describe('What is refused on the host', function () {
  this.timeout(60_000)

  const bed = new Bed()
  after(() => bed[Symbol.dispose]())

  const run = async (kind: Run, engines: readonly string[], deadline: string | undefined) =>
    await bed.run({
      ...kind,
      engines,
      settings: {
        deadline,
        allowed_users: ['alice', 'nobdy'],
        allowed_roles: ['ops', 'web'],
        otp_formats: ['uuid', 'base32'],
      },
    })

  const seen = async (kind: Run, rtt: number) => {
    await using engine = await bed.engine((_, { otp }) =>
      otp === 'verify-echo-request' ? ECHO : REFUSED,
    )
    await using sealed = await bed.engine(reply(503, { errors: ['Vault is sealed'] }))
    await using first = await link(sealed.port, rtt)
    await using second = await link(engine.port, rtt)
    const ended = await run(kind, [first.url, second.url], '20s')
    const exchanges = [first, second].map(({ connections, records }) => ({
      connections,
      records: [...records],
    }))
    return { ended, exchanges, requests: [sealed.requests, engine.requests] }
  }

  for (const rtt of [0, 80, 150])
    it(`looks the same on a link of ${rtt} ms as what an engine refuses`, async () => {
      const all = []
      for (const [, kind] of KINDS) all.push(await seen(kind, rtt))
      for (const [index, { ended, exchanges, requests }] of all.entries()) {
        const [, , end, reason] = KINDS[index]!
        expectEnd(ended, end, reason)
        expect(requests).to.deep.equal([1, 1])
        expect(exchanges).to.deep.equal(all[0]?.exchanges)
        // no link of less than four ways could answer sooner
        expect(ended.took).to.be.at.least(4 * rtt)
      }
    })

  it('waits to the same deadline, of three seconds unless it is set, when an engine hangs', async () => {
    const ends: Ended[] = []
    for (const [, kind] of KINDS) {
      await using engine = await Hostile.raw(() => {})
      ends.push(await run(kind, [engine.url], undefined))
    }
    for (const { code, took, log } of ends) {
      expect(code).to.not.equal(0)
      expect(log).to.match(/ decision=denied end=/)
      expect(took).to.be.at.least(2900)
      expect(Number(/ ms=(\d+) /.exec(log)?.[1])).to.be.within(2900, 15_000)
    }
    expect(ends[1]?.log).to.contain('sshd does not let this user log in')
    expect(ends[2]?.log).to.contain('the user is not in allowed_users')
  })
})
