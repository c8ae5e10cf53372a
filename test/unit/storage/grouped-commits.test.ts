import { expect } from 'chai'
import { GroupedCommits, type GroupVerdict } from '../../../engine/storage/grouped-commits.ts'
import type { Batch } from '../../../engine/storage/store.ts'

const put = (key: string, value = Buffer.from(key)): Batch => ({
  reads: new Map([[key, undefined]]),
  writes: new Map([[key, value]]),
})
const waits = () => ({ isGivenUp: false })
const keysOf = (batches: readonly Batch[]) => batches.flatMap(({ writes }) => [...writes.keys()])
const isMade = () => 'made' as const

/** Keeps the keys of each group that it makes. */
function recorder(made: string[][], verdictOf: (batch: Batch) => GroupVerdict = isMade) {
  return new GroupedCommits(async take => {
    made.push(keysOf(take()))
    await new Promise(setImmediate)
    return verdictOf
  })
}

describe('GroupedCommits', () => {
  it('makes together what comes at the same time', async () => {
    const made: string[][] = []
    const commits = recorder(made)
    const outcomes = await Promise.all(
      ['a', 'b', 'c'].map(key => commits.commit(put(key), waits())),
    )
    expect(outcomes).to.deep.equal(['made', 'made', 'made'])
    expect(made).to.deep.equal([['a', 'b', 'c']])
  })

  it('takes the first of two that write the same, and leaves the second to be tried alone', async () => {
    const made: string[][] = []
    const commits = recorder(made)
    const outcomes = await Promise.all(
      ['a', 'a', 'b'].map(key => commits.commit(put(key), waits())),
    )
    expect(outcomes).to.deep.equal(['made', 'alone', 'made'])
    expect(made).to.deep.equal([['a', 'b']])
  })

  it('takes no two of which one reads what the other writes, in either order', async () => {
    for (const turned of [false, true]) {
      const made: string[][] = []
      const commits = recorder(made)
      const reader = { reads: new Map([['a', '1']]), writes: new Map([['b', undefined]]) }
      const batches = turned ? [reader, put('a')] : [put('a'), reader]
      const outcomes = await Promise.all(batches.map(batch => commits.commit(batch, waits())))
      expect(outcomes).to.deep.equal(['made', 'alone'])
    }
  })

  it('takes those that only read the same, whichever version they have read', async () => {
    const commits = recorder([])
    const reader = (version: string, key: string): Batch => ({
      reads: new Map([['mount', version]]),
      writes: new Map([[key, undefined]]),
    })
    const batches = [reader('1', 'a'), reader('1', 'b'), reader('2', 'c')]
    const outcomes = await Promise.all(batches.map(batch => commits.commit(batch, waits())))
    expect(outcomes).to.deep.equal(['made', 'made', 'made'])
  })

  it('tells each commit what became of itself', async () => {
    const commits = recorder([], ({ writes }) => (writes.has('a') ? 'conflict' : 'made'))
    const outcomes = await Promise.all(['a', 'b'].map(key => commits.commit(put(key), waits())))
    expect(outcomes).to.deep.equal(['conflict', 'made'])
  })

  it('gives the error of a group to each of its commits, and to no other', async () => {
    let groups = 0
    const commits = new GroupedCommits(async take => {
      take()
      if (++groups === 1) throw new Error('away')
      return isMade
    })
    const all = await Promise.allSettled(['a', 'b'].map(key => commits.commit(put(key), waits())))
    expect(all.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected'])
    expect(await commits.commit(put('a'), waits())).to.equal('made')
  })

  it('gives the error to those that wait, if a group could not even be sent', async () => {
    const commits = new GroupedCommits(() => Promise.reject(new Error('no connection')))
    const all = await Promise.allSettled(['a', 'b'].map(key => commits.commit(put(key), waits())))
    expect(all.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected'])
  })

  it('does not send a commit that was given up before its group was taken', async () => {
    const made: string[][] = []
    const commits = recorder(made)
    const operation = waits()
    const both = [commits.commit(put('a'), operation), commits.commit(put('b'), waits())]
    operation.isGivenUp = true
    await Promise.all(both)
    expect(made).to.deep.equal([['b']])
  })

  it('bounds the commits and the bytes of a group, and makes all of them', async () => {
    const made: string[][] = []
    const commits = recorder(made)
    const keys = Array.from({ length: 200 }, (_, index) => String(index))
    const large = Buffer.alloc(700 * 1024)
    await Promise.all([
      ...keys.map(key => commits.commit(put(key), waits())),
      ...['x', 'y', 'z'].map(key => commits.commit(put(key, large), waits())),
    ])
    expect(Math.max(...made.map(group => group.length))).to.equal(64)
    expect(made.filter(group => group.some(key => 'xyz'.includes(key)))).to.have.length(3)
    expect(made.flat()).to.have.members([...keys, 'x', 'y', 'z'])
  })
})
