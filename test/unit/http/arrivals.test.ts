import { Socket } from 'node:net'
import { setImmediate as nextIteration } from 'node:timers/promises'
import { expect } from 'chai'
import { Arrivals } from '../../../engine/http/arrivals.ts'

const LONG = 3_600_000

/** A queue whose connections are named; `begun` and `closed` tell what became of them. */
function arrivals(wait = LONG) {
  const [begun, sockets]: [number[], Socket[]] = [[], []]
  let closed = 0
  const queue = new Arrivals({ wait, onClosed: () => ++closed })
  return {
    begun,
    sockets,
    closed: () => closed,
    add(name: number) {
      const socket = new Socket()
      sockets[name] = socket
      queue.add(socket, () => begun.push(name))
    },
  }
}

const iterations = async (count: number) => {
  for (let left = count; left > 0; left--) await nextIteration()
}

describe('New connections', () => {
  it('begin in the order in which they came', async () => {
    const { add, begun } = arrivals()
    for (let each = 0; each < 20; each++) add(each)
    await iterations(10)
    expect(begun).to.deep.equal(Array.from({ length: 20 }, (_, each) => each))
  })

  it('wait while others are being accepted, but not all of them', async () => {
    const { add, begun } = arrivals()
    for (let each = 0; each < 320; each++) {
      add(each)
      await nextIteration()
    }
    expect(begun.length).to.be.within(8, 20)
    await iterations(60)
    expect(begun.length).to.equal(320)
  })

  it('are closed if they have waited too long, and never begin', async () => {
    const { add, begun, closed, sockets } = arrivals(0)
    for (let each = 0; each < 100; each++) add(each)
    await iterations(4)
    const destroyed = sockets.flatMap((socket, each) => (socket.destroyed ? [each] : []))
    expect([closed(), destroyed.length + begun.length]).to.deep.equal([destroyed.length, 100])
    expect(closed()).to.be.at.least(90)
    expect(begun.some(each => destroyed.includes(each))).to.equal(false)
  })

  it('begin however long they have waited, if they are few', async () => {
    const { add, begun, closed } = arrivals(0)
    for (let each = 0; each < 3; each++) add(each)
    await iterations(4)
    expect([begun, closed()]).to.deep.equal([[0, 1, 2], 0])
  })

  it('never begin once their client has closed them', async () => {
    const { add, begun, closed, sockets } = arrivals()
    add(0)
    add(1)
    add(2)
    sockets[0]?.destroy()
    sockets[1]?.destroy(new Error('read ECONNRESET'))
    await iterations(4)
    expect([begun, closed()]).to.deep.equal([[2], 0])
  })
})
