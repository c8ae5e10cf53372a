import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'chai'
import { Turns } from '../../../engine/http/turns.ts'

describe('Turns', () => {
  it('go from source to source, in the order in which they came', async () => {
    const turns = new Turns()
    const begun: string[] = []
    const begin = (source: string) => turns.next(source).then(() => begun.push(source))
    await Promise.all(['a', 'a', 'a', 'b', 'c', 'b'].map(begin))
    expect(begun.join('')).to.equal('abcaba')
  })

  it('let the event loop have its own after a few', async () => {
    const turns = new Turns()
    let begun = 0
    const all = Array.from({ length: 100 }, () => turns.next('a').then(() => ++begun))
    const seen: number[] = []
    while (begun < 100) {
      await nextTurn()
      seen.push(begun)
    }
    await Promise.all(all)
    expect(seen.length).to.be.above(5)
    for (const [at, count] of seen.entries()) expect(count - (seen[at - 1] ?? 0)).to.be.at.most(32)
  })

  it('serve a source that comes late before the rest of one with many', async () => {
    const turns = new Turns()
    let done = 0
    for (let each = 0; each < 1000; each++) void turns.next('many').then(() => ++done)
    await nextTurn()
    await turns.next('one')
    expect(done).to.be.below(100)
  })
})
