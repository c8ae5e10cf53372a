import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { proofOf } from '../../../chaos/proof.ts'
import { STORAGES } from '../../../chaos/site.ts'
import { added, readSums, timesIn, total } from '../../../chaos/sums.ts'

const PAGE = join(import.meta.dirname, '../../../../docs/proof.md')

describe('docs/proof.md', () => {
  it('is what its sums generate', () => {
    expect(readFileSync(PAGE, 'utf8')).to.equal(proofOf(readSums()))
  })

  it('has disturbances of every storage, of which none has lost anything', () => {
    const { kinds } = readSums()
    expect(new Set(kinds.map(({ storage }) => storage)).size).to.equal(STORAGES.length)
    expect(timesIn(readSums())).to.be.above(100)
    for (const count of ['lost', 'spentTwice', 'other'] as const)
      expect(
        total(kinds, kind => kind[count]),
        count,
      ).to.equal(0)
  })

  it('would show what was lost', () => {
    const [kind] = readSums().kinds
    if (!kind) throw new Error('there are no sums')
    const { served: _, ...rest } = kind
    const bad = { ...rest, commit: 'abc', versions: [], lost: 12_345, served: 1 }
    expect(proofOf(added(readSums(), [bad]))).to.include('| 12 345 |')
  })
})
