import { expect } from 'chai'
import { StoreClock } from '../../../engine/core/store-clock.ts'

describe('The clock of a node, held against that of the store', () => {
  /** Three clocks that a test sets, in milliseconds; asking the store takes as long as it says. */
  function clocks() {
    const set = { node: 1e12, store: 1e12, monotonic: 5000, trip: 10 }
    const said: string[] = []
    const say = (_: object, message: string) => {
      said.push(message)
    }
    const pass = (time: number) => {
      set.node += time
      set.store += time
      set.monotonic += time
    }
    const clock = new StoreClock({
      async ask() {
        pass(set.trip / 2)
        const time = set.store
        pass(set.trip / 2)
        return time
      },
      now: () => new Date(set.node),
      monotonic: () => set.monotonic,
      log: { warn: say, error: say },
    })
    const state = async () => {
      await clock.look()
      return [clock.isOff, clock.isFarOff]
    }
    return { set, pass, clock, state, said }
  }

  for (const [wrong, expected] of [
    [0, [false, false]],
    [1900, [false, false]],
    [-1900, [false, false]],
    [2100, [true, false]],
    [-2100, [true, false]],
    [59_000, [true, false]],
    [61_000, [true, true]],
    [-600_000, [true, true]],
  ] as const)
    it(`is checked at the start when it is wrong by ${wrong} ms`, async () => {
      const { set, state, clock } = clocks()
      set.node += wrong
      expect(await state()).to.deep.equal(expected)
      expect(clock.wrongBy).to.be.closeTo(wrong, 10)
    })

  it('is checked while it runs, and when it has been corrected', async () => {
    const { set, state, said, pass } = clocks()
    expect(await state()).to.deep.equal([false, false])
    set.node += 600_000
    expect(await state()).to.deep.equal([true, true])
    expect(await state()).to.deep.equal([true, true])
    set.node -= 590_000
    pass(1000)
    expect(await state()).to.deep.equal([true, false])
    set.node -= 10_000
    expect(await state()).to.deep.equal([false, false])
    expect(said).to.have.length(3)
  })

  it('is not wrong because that of the store has been set', async () => {
    for (const step of [5000, -5000, 3_600_000, -3_600_000]) {
      const { set, state, said, pass } = clocks()
      await state()
      set.store += step
      for (let each = 0; each < 3; each++) {
        pass(1000)
        expect(await state()).to.deep.equal([false, false])
      }
      expect(said).to.have.length(1)
      // from then on it is still noticed when its own is set
      set.node += step / 2
      expect(await state()).to.deep.equal([true, Math.abs(step) > 100_000])
      set.node -= step / 2
      set.store -= step
      expect(await state()).to.deep.equal([false, false])
      set.node += 600_000
      expect(await state()).to.deep.equal([true, true])
    }
  })

  it('is not wrong by what a slow answer leaves open', async () => {
    const { set, state } = clocks()
    set.trip = 10_000
    set.node += 6000
    expect(await state()).to.deep.equal([false, false])
    set.trip = 10
    expect(await state()).to.deep.equal([true, false])
  })

  it('stays as it was where the store does not answer, or has no clock', async () => {
    const away = new StoreClock({
      ask: () => Promise.reject(new Error('away')),
      now: () => new Date(),
      log: { warn() {}, error() {} },
    })
    expect(await away.look().catch(error => error.message)).to.equal('away')
    const without = new StoreClock({
      ask: undefined,
      now: () => new Date(0),
      log: { warn() {}, error() {} },
    })
    await without.look()
    expect([away.isOff, without.isOff]).to.deep.equal([false, false])
  })
})
