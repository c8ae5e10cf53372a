import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { EngineProcess } from '../../support/engine-process.ts'

const MIB = 1024 * 1024

describe('The memory of an engine', function () {
  this.timeout(120_000)

  it('is given back after large bodies', async () => {
    await using engine = await EngineProcess.start()
    const resident = () => {
      const [, kib] =
        /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${engine.child.pid}/status`, 'utf8')) ?? []
      return (Number(kib) * 1024) / MIB
    }
    const before = resident()
    const send = () => engine.post('cubbyhole/large', { text: 'x'.repeat(20 * MIB) })
    let most = 0
    const look = () => {
      most = Math.max(most, resident())
    }
    const looks = setInterval(look, 20)
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(Array.from({ length: 8 }, send))
      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([413]))
      look()
    }
    clearInterval(looks)
    expect(most).to.be.above(before + 100)
    // what is left is memory in pieces between others, not the bodies
    for (let each = 0; each < 60 && resident() > before + 220; each++) await pause(500)
    expect(resident()).to.be.below(before + 220)
  })
})
