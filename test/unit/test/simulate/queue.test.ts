import { expect } from 'chai'
import { meanWait, timeToDrain } from '../../../simulate/queue.ts'

describe('The queue of a node', () => {
  it('waits half a service time at a utilisation of one half', () => {
    expect(meanWait(0.5, 2)).to.equal(1)
  })

  it('waits longer the busier it is, and for ever when it is full', () => {
    expect(meanWait(0, 1)).to.equal(0)
    expect(meanWait(0.9, 1)).to.be.greaterThan(meanWait(0.8, 1))
    expect(meanWait(1, 1)).to.equal(Number.POSITIVE_INFINITY)
  })

  it('drains with what is left of its capacity', () => {
    expect(timeToDrain(600, 40, 100)).to.equal(10)
    expect(timeToDrain(0, 100, 100)).to.equal(0)
    expect(timeToDrain(1, 100, 100)).to.equal(Number.POSITIVE_INFINITY)
  })

  it('waits as long as requests do that are played one by one', () => {
    // at random moments, in the mean ten a second, each 70 ms
    let [clock, free, waited] = [0, 0, 0]
    let state = 1
    for (let count = 0; count < 200_000; count++) {
      state = (state * 48_271) % 2_147_483_647
      clock += -Math.log(state / 2_147_483_647) / 10
      waited += Math.max(0, free - clock)
      free = Math.max(free, clock) + 0.07
    }
    expect(waited / 200_000).to.be.closeTo(meanWait(0.7, 0.07), 0.005)
  })
})
