import { expect } from 'chai'
import { array, assert, integer, property } from 'fast-check'
import { RateLimiter } from '../../../engine/limit/rate-limiter.ts'

describe('RateLimiter', () => {
  it('lets a quiet source make its burst at once, and then so many a second', () => {
    const limiter = new RateLimiter({ perSecond: 10, burst: 5 })
    const now = 1_000_000
    const first = Array.from({ length: 7 }, () => limiter.take('a', now))
    expect(first).to.deep.equal([0, 0, 0, 0, 0, 100, 100])
    expect(limiter.take('a', now + 99)).to.equal(1)
    expect(limiter.take('a', now + 100)).to.equal(0)
    expect(limiter.take('b', now)).to.equal(0)
  })

  it('says how much of the burst is left', () => {
    const limiter = new RateLimiter({ perSecond: 10, burst: 10 })
    expect(limiter.left('a', 0)).to.equal(1)
    limiter.charge('a', 0, 4)
    expect(limiter.left('a', 0)).to.equal(0.6)
    expect(limiter.left('a', 200)).to.be.closeTo(0.8, 1e-9)
  })

  it('forgets the source that was quiet for longest when there are too many', () => {
    const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, 2)
    for (const source of ['a', 'b', 'c']) limiter.take(source, 0)
    expect(['b', 'c', 'a'].map(source => limiter.left(source, 0))).to.deep.equal([0, 0, 1])
  })

  it('never lets more through in any time than burst and rate allow', () => {
    const gaps = array(integer({ min: 0, max: 400 }), { maxLength: 200 })
    assert(
      property(
        gaps,
        integer({ min: 1, max: 20 }),
        integer({ min: 1, max: 20 }),
        (waits, perSecond, burst) => {
          const limiter = new RateLimiter({ perSecond, burst })
          let now = 0
          const passed: number[] = []
          for (const wait of waits) {
            now += wait
            if (limiter.take('a', now) === 0) passed.push(now)
          }
          for (const [from, start] of passed.entries())
            for (const [to, end] of passed.entries())
              if (to >= from && to - from + 1 > burst + ((end - start) * perSecond) / 1000 + 1e-6)
                return false
          return true
        },
      ),
    )
  })

  it('lets through again after the time it names', () => {
    assert(
      property(integer({ min: 1, max: 50 }), integer({ min: 1, max: 50 }), (perSecond, burst) => {
        const limiter = new RateLimiter({ perSecond, burst })
        let wait = 0
        while (wait === 0) wait = limiter.take('a', 0)
        return limiter.take('a', wait) === 0
      }),
    )
  })
})
