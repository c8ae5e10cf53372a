import { Socket } from 'node:net'
import { setImmediate as nextIteration } from 'node:timers/promises'
import { expect } from 'chai'
import { Arrivals } from '../../../engine/http/arrivals.ts'

const LONG = 3_600_000

const BALANCER = '10.0.0.9'

/** A queue whose connections are named; `begun` and `closed` tell what became of them. */
function arrivals(wait = LONG) {
  const [begun, sockets]: [number[], Socket[]] = [[], []]
  let closed = 0
  const isBalancer = (address: string) => address === BALANCER
  const queue = new Arrivals({ wait, onClosed: () => ++closed, isBalancer })
  return {
    begun,
    sockets,
    closed: () => closed,
    add(name: number, from = '10.0.0.1') {
      const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: from })
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

  it('take turns by source, so that none with many of them can have the others closed', async () => {
    const { add, begun } = arrivals()
    for (let each = 0; each < 100; each++) add(each, '2001:db8::1')
    // of the same /64 network
    add(100, '2001:db8::2')
    for (const each of [101, 102]) add(each, '10.0.0.2')
    add(103, '::ffff:10.0.0.3')
    await iterations(2)
    expect(begun.slice(0, 8)).to.deep.equal([0, 101, 103, 1, 102, 2, 3, 4])
    await iterations(20)
    expect(begun.slice(8)).to.deep.equal(Array.from({ length: 96 }, (_, each) => each + 5))
  })

  it('have a turn each if they come through a load balancer', async () => {
    const { add, begun } = arrivals()
    for (let each = 0; each < 4; each++) add(each)
    for (let each = 4; each < 8; each++) add(each, BALANCER)
    await iterations(2)
    expect(begun).to.deep.equal([0, 4, 5, 6, 7, 1, 2, 3])
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

  it('begin after a pause of the process, however long that was', async () => {
    const { add, begun, closed } = arrivals(500)
    for (let each = 0; each < 40; each++) add(each)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100)
    await iterations(10)
    expect([begun.length, closed()]).to.deep.equal([40, 0])
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
