import { mock } from 'node:test'
import { expect } from 'chai'
import { Overload } from '../../../engine/http/overload.ts'

describe('The log of an overload', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())

  it('has a line for many connections, and later another', () => {
    const counts: object[] = []
    const overload = new Overload({ debug() {}, warn: facts => counts.push(facts), error() {} })
    for (let each = 0; each < 500; each++) overload.add()
    expect(counts).to.deep.equal([])
    mock.timers.tick(10_000)
    mock.timers.tick(60_000)
    overload.add()
    mock.timers.tick(10_000)
    expect(counts).to.deep.equal([{ connections: 500 }, { connections: 1 }])
  })
})
