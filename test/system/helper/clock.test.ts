import { expect } from 'chai'
import { Bed, expectEnd, HERE, PAM } from '../../support/helper.ts'
import { Hostile, reply } from '../../support/hostile.ts'
import { SteppedClock } from '../../support/stepped-clock.ts'

const GOOD = reply(200, { data: { username: 'alice', ip: HERE, role_name: 'ops' } })

describe('The helper, when the clock of the host is stepped while it waits', function () {
  this.timeout(40_000)

  const bed = new Bed()
  const clock = new SteppedClock()
  after(() => {
    bed[Symbol.dispose]()
    clock[Symbol.dispose]()
  })
  beforeEach(() => clock.step(0))

  const run = (engine: Hostile, deadline: string) =>
    bed.run({
      engines: [engine],
      settings: { deadline },
      command: clock.command,
      env: { ...PAM, ...clock.quietEnv },
    })

  for (const seconds of [-86_400, 86_400]) {
    it(`by ${seconds} s, still denies at its deadline`, async () => {
      await using engine = await bed.engine(() => void clock.step(seconds))
      // its request must have come before, on a busy machine too
      const ended = await run(engine, '4s')
      expectEnd(ended, 'deadline')
      expect(ended.took).to.be.within(3900, 20_000)
    })

    it(`by ${seconds} s in the handshake, still denies at its deadline`, async () => {
      await using engine = await Hostile.raw(() => clock.step(seconds))
      const ended = await run(engine, '1s')
      expect(ended.code).to.not.equal(0)
      expect(ended.log).to.match(/ decision=denied end=(?:deadline|unavailable) /)
      expect(ended.took).to.be.within(900, 15_000)
    })

    it(`by ${seconds} s, still waits for an answer that comes in time`, async () => {
      await using engine = await bed.engine(socket => {
        clock.step(seconds)
        setTimeout(() => socket.end(Buffer.from(GOOD, 'latin1')), 300)
        return undefined
      })
      const ended = await run(engine, '20s')
      expectEnd(ended, 'allowed')
      expect(Number(/ ms=(-?\d+) /.exec(ended.log)?.[1])).to.be.within(250, 19_000)
    })
  }
})
