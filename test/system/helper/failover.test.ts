import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect } from 'chai'
import { Bed, expectEnd, HERE, OTP } from '../../support/helper.ts'
import { Hostile, reply } from '../../support/hostile.ts'

const GOOD = reply(200, { data: { username: 'alice', ip: HERE, role_name: 'ops' } })
const sealed = reply(503, { errors: ['Vault is sealed'] })

const bed = new Bed()
const engine = (text: string) => () => bed.engine(text)

/** An address where nothing listens. */
async function nobody(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  await new Promise(resolve => server.close(resolve))
  return `https://127.0.0.1:${port}`
}

/** What cannot have used the password up. */
const ONWARD = [
  ['where nothing listens', nobody],
  ['that closes the connection at once', () => Hostile.raw(socket => socket.destroy())],
  [
    'that speaks no TLS',
    () => Hostile.raw(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  ],
  ['that takes connections and nothing more', () => Hostile.raw(() => {})],
  [
    'that nobody can trust',
    () =>
      Hostile.start({
        certificate: bed.authority.issue({ addresses: ['127.0.0.1'], selfSigned: true }),
        conduct: GOOD,
      }),
  ],
  ['that is sealed', engine(sealed)],
  ['of no known name', async () => 'https://engine.invalid:8200'],
] as const

/** What may have. */
const FINAL = [
  ['that does not know the password', engine(reply(400, { errors: ['OTP not found'] })), 'denied'],
  ['that knows another user', engine(GOOD.replace('alice', 'carol')), 'denied'],
  ['that has failed', engine(reply(500, { errors: ['internal error'] })), 'unavailable'],
  [
    'that is away for a reason of its own',
    engine(reply(503, { errors: ['standby'] })),
    'unavailable',
  ],
  ['that only says sealed', engine(reply(500, { errors: ['Vault is sealed'] })), 'unavailable'],
  ['that wants less', engine(reply(429, { errors: ['slow down'] })), 'unavailable'],
  [
    'that points elsewhere',
    engine(reply(307, '', { Location: 'https://127.0.0.1:1/' })),
    'protocol',
  ],
  ['that says nothing', engine(''), 'protocol'],
  ['that breaks off', engine(GOOD.slice(0, -5)), 'protocol'],
  ['that breaks the connection', () => bed.engine(socket => void socket.destroy()), 'protocol'],
  ['that hangs', () => bed.engine(() => undefined), 'deadline'],
] as const

describe('The helper, with two engines', function () {
  this.timeout(40_000)

  after(() => bed[Symbol.dispose]())

  for (const [what, start] of ONWARD)
    it(`asks the second after one ${what}`, async () => {
      const first = await start()
      await using second = await bed.engine(GOOD)
      try {
        const ended = await bed.run({ engines: [first, second], settings: { deadline: '10s' } })
        expectEnd(ended, 'allowed')
        expect(second.requests).to.equal(1)
        const address = first instanceof Hostile ? first.url : first
        expect(ended.log).to.contain(` engine=${second.url} passed_over="${address}: `)
      } finally {
        if (first instanceof Hostile) await first[Symbol.asyncDispose]()
      }
    })

  for (const [what, start, end] of FINAL)
    it(`asks no other engine after one ${what}`, async () => {
      await using first = await start()
      await using second = await bed.engine(GOOD)
      const deadline = end === 'deadline' ? '5s' : '20s'
      expectEnd(await bed.run({ engines: [first, second], settings: { deadline } }), end)
      expect(first.received).to.contain(OTP)
      expect(second.connections).to.equal(0)
    })

  it('asks only the first engine, if that answers', async () => {
    await using first = await bed.engine(GOOD)
    await using second = await bed.engine(GOOD)
    expectEnd(await bed.run({ engines: [first, second] }), 'allowed')
    expect([first.requests, second.connections]).to.deep.equal([1, 0])
  })

  it('names every engine that it could not ask', async () => {
    const [first, second] = [await nobody(), await nobody()]
    const ended = await bed.run({ engines: [first, second] })
    expectEnd(ended, 'unavailable')
    expect(ended.log).to.contain(`${first}: connection refused; ${second}: connection refused`)
  })
})
