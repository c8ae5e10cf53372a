import type { Socket } from 'node:net'
import { expect } from 'chai'
import { EXIT_CODES } from '../../../helper/exit-codes.ts'
import { Bed, type Ended, expectEnd, HERE, together } from '../../support/helper.ts'
import { Hostile, reply } from '../../support/hostile.ts'

const GOOD = reply(200, { data: { username: 'alice', ip: HERE, role_name: 'ops' } })

const bed = new Bed()

/** Long enough for a helper to send its request on a busy machine. */
const DEADLINE = '4s'

/** Sends a good reply, or something that never ends, one byte at a time. */
function drip(socket: Socket, text: string): undefined {
  const bytes = Buffer.from(text)
  let at = 0
  const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 100)
  socket.on('close', () => clearInterval(timer))
  return undefined
}

const half = (text: string) => (socket: Socket) => {
  socket.write(text)
  return undefined
}

const CASES = [
  ['after the connection', () => Hostile.raw(() => {}), 'unavailable'],
  [
    'in the handshake',
    () => Hostile.raw(socket => socket.write(Buffer.of(22, 3, 3))),
    'unavailable',
  ],
  [
    'in the handshake, byte by byte',
    () =>
      Hostile.raw(socket =>
        drip(socket, '\u0016\u0003\u0003\u0000\u007a\u0002\u0000\u0000\u0076'.repeat(9)),
      ),
    'unavailable',
  ],
  ['before its reply', () => bed.engine(() => undefined), 'deadline'],
  ['in its headers', () => bed.engine(half('HTTP/1.1 200 OK\r\nContent-')), 'deadline'],
  ['in its body', () => bed.engine(half(GOOD.slice(0, -3))), 'deadline'],
  ['in its headers, byte by byte', () => bed.engine(socket => drip(socket, GOOD)), 'deadline'],
  [
    'after 100 bytes a second of headers',
    () => bed.engine(socket => drip(socket, `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(99)}`)),
    'deadline',
  ],
] as const

describe('The helper, when an engine hangs', function () {
  this.timeout(60_000)

  let ends: ReadonlyMap<string, Ended>

  before(async () => {
    ends = await together(CASES, async ([, start]) => {
      await using engine = await start()
      return await bed.run({ engines: [engine], settings: { deadline: DEADLINE } })
    })
  })
  after(() => bed[Symbol.dispose]())

  for (const [what, , end] of CASES)
    it(`${what}, denies at the deadline`, () => {
      const ended = ends.get(what)!
      // both clocks end at the same moment while nothing has been asked yet
      expectEnd(ended, ended.code === EXIT_CODES.deadline.code ? 'deadline' : end)
      expect(ended.took).to.be.within(3900, 25_000)
    })
})
