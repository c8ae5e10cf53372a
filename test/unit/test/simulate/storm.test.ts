import { expect } from 'chai'
import { drainTime, simulateStorm } from '../../../simulate/storm.ts'

const CALM = { hosts: 500, spread: 0, cost: 1000, retry: 5 }

describe('A simulated storm', () => {
  it('lasts as long as the formula says while nobody gives up', () => {
    const { until, failures } = simulateStorm(CALM)
    expect(until).to.be.closeTo(drainTime(CALM), 1e-6)
    expect(failures).to.equal(0)
  })

  it('is over with its last host, if a node keeps up', () => {
    const slow = { ...CALM, spread: 10 }
    const { until, p99 } = simulateStorm(slow)
    expect(until).to.be.closeTo(10, 0.2)
    expect(p99).to.be.lessThan(0.1)
  })

  it('is never shorter than the formula, and longer where hosts give up', () => {
    const large = { ...CALM, hosts: 8000 }
    const { until, failures } = simulateStorm(large)
    expect(failures).to.be.greaterThan(0)
    expect(until).to.be.greaterThan(drainTime(large))
  })

  it('does not end where a node can serve nobody in time', () => {
    const { until, p99 } = simulateStorm({ ...CALM, cost: 4_000_000 })
    expect([until, p99]).to.deep.equal([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
  })

  it('keeps a node at work for hosts that are still there', () => {
    const large = { ...CALM, hosts: 20_000 }
    expect(simulateStorm(large).until).to.be.lessThan(2 * drainTime(large))
    // work for hosts that gave up before
    const { until } = simulateStorm({ ...large, deadline: 1 })
    expect(until).to.be.greaterThan(4 * drainTime(large))
  })

  it('keeps to the connections of an engine', () => {
    const { connections, failures } = simulateStorm({ ...CALM, connections: 100 })
    expect(connections).to.equal(100)
    expect(failures).to.be.at.least(400)
  })

  it('is the same for the same seed, and another for another', () => {
    const storm = { ...CALM, spread: 1 }
    expect(simulateStorm({ ...storm, seed: 7 })).to.deep.equal(simulateStorm({ ...storm, seed: 7 }))
    expect(simulateStorm({ ...storm, seed: 7 })).not.to.deep.equal(simulateStorm(storm))
  })
})
