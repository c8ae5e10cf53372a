import { expect } from 'chai'
import { IdleCollection } from '../../../engine/process/idle-collection.ts'

const MIB = 1024 * 1024

describe('IdleCollection', () => {
  let [memory, processor, collected] = [0, 0, 0]
  const make = () => {
    ;[memory, processor, collected] = [40 * MIB, 0, 0]
    const usage = { memory: () => memory, processor: () => processor }
    return new IdleCollection(usage, () => collected++)
  }

  it('collects once when a process whose memory has grown is idle', () => {
    using idle = make()
    memory += 60 * MIB
    idle.look()
    expect(collected).to.equal(1)
    memory -= 30 * MIB
    for (let each = 0; each < 5; each++) idle.look()
    expect(collected).to.equal(1)
  })

  it('leaves a process that works alone, however large it is', () => {
    using idle = make()
    for (let each = 0; each < 5; each++) {
      memory += 60 * MIB
      processor += 1_000_000
      idle.look()
    }
    expect(collected).to.equal(0)
    idle.look()
    expect(collected).to.equal(1)
  })

  it('leaves one alone whose memory has hardly grown', () => {
    using idle = make()
    memory += 5 * MIB
    for (let each = 0; each < 5; each++) idle.look()
    expect(collected).to.equal(0)
  })

  it('collects again after the next work', () => {
    using idle = make()
    for (let round = 1; round <= 3; round++) {
      memory += 60 * MIB
      idle.look()
      memory -= 60 * MIB
      idle.look()
      expect(collected).to.equal(round)
    }
  })
})
