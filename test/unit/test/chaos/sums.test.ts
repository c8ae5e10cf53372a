import { expect } from 'chai'
import type { Result } from '../../../chaos/results.ts'
import { added, timesIn } from '../../../chaos/sums.ts'

const NONE = { kinds: [], commits: {}, versions: [] }
const RESULT: Result = {
  storage: 'standby',
  disturbance: 'engine killed',
  commit: 'abc',
  versions: ['Node.js 24'],
  acknowledged: 100,
  lost: 0,
  spentTwice: 0,
  other: 0,
  unknown: 7,
  served: 812.4,
}

describe('The sums of disturbances', () => {
  it('grow by each result, and keep every time until all nodes served again', () => {
    const first = added(NONE, [RESULT, { ...RESULT, storage: 'sqlite', commit: 'def' }])
    const sums = added(first, [{ ...RESULT, lost: 2, spentTwice: 1, other: 3, served: 20 }])
    expect(sums.kinds.map(({ storage }) => storage)).to.deep.equal(['sqlite', 'standby'])
    expect(sums.kinds[1]).to.deep.equal({
      storage: 'standby',
      disturbance: 'engine killed',
      acknowledged: 200,
      lost: 2,
      spentTwice: 1,
      other: 3,
      unknown: 14,
      served: [20, 812],
    })
    expect(sums.commits).to.deep.equal({ abc: 2, def: 1 })
    expect(sums.versions).to.deep.equal(['Node.js 24'])
    expect(timesIn(sums)).to.equal(3)
    expect(timesIn(sums, ['sqlite'])).to.equal(1)
  })
})
