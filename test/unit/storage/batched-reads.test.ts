import { expect } from 'chai'
import { BatchedReads } from '../../../engine/storage/batched-reads.ts'

describe('BatchedReads', () => {
  it('reads together what is asked for at the same time, and each key once', async () => {
    const reads: (readonly string[])[] = []
    const gathering = new BatchedReads(async keys => {
      reads.push(keys)
      return new Map([['a', 1]])
    })
    const answers = await Promise.all(['a', 'b', 'a'].map(key => gathering.get(key)))
    expect(answers).to.deep.equal([1, undefined, 1])
    expect(reads).to.deep.equal([['a', 'b']])
  })

  it('reads again what is asked for after the read has begun', async () => {
    let value = 1
    const begun = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const gathering = new BatchedReads(async () => {
      const found = new Map([['a', value]])
      begun.resolve()
      await go.promise
      return found
    })
    const first = gathering.get('a')
    await begun.promise
    value = 2
    const second = gathering.get('a')
    go.resolve()
    expect(await Promise.all([first, second])).to.deep.equal([1, 2])
  })

  it('answers all, however many reads are under way', async () => {
    let [reading, most] = [0, 0]
    const gathering = new BatchedReads(async keys => {
      most = Math.max(most, ++reading)
      await new Promise(resolve => setTimeout(resolve, 1))
      reading--
      return new Map(keys.map(key => [key, key]))
    })
    const keys = Array.from({ length: 100 }, (_, index) => String(index))
    const answers = await Promise.all(
      keys.map(async (key, index) => {
        for (let turn = 0; turn < index % 10; turn++) await new Promise(setImmediate)
        return gathering.get(key)
      }),
    )
    expect(answers).to.deep.equal(keys)
    expect(most).to.equal(4)
  })

  it('fails all that a failed read was for, and no other', async () => {
    let failing = true
    const gathering = new BatchedReads(async () => {
      if (failing) throw new Error('away')
      return new Map([['a', 1]])
    })
    const failed = await Promise.allSettled([gathering.get('a'), gathering.get('b')])
    expect(failed.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected'])
    failing = false
    expect(await gathering.get('a')).to.equal(1)
  })
})
