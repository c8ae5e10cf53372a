import { expect } from 'chai'
import {
  CommitOutcomes,
  type FoundOutcome,
  type Outcome,
} from '../../../engine/storage/commit-outcomes.ts'
import { CommitReceipts } from '../../../engine/storage/commit-receipts.ts'

const LOCKED = '55P03'

/** @param ask gives the version that the row of a receipt then has */
function lookups(ask: (key: unknown, fence: unknown) => unknown) {
  const found: Outcome[] = []
  const outcomes = new CommitOutcomes({
    run: async (_name, _text, [key, _before, fence]) => [
      { version: String(ask(key, fence)), value: Buffer.from('2,3') },
    ],
    found: ({ outcome }: FoundOutcome) => found.push(outcome),
    codeOf: error => String(error),
  })
  return { outcomes, found }
}

describe('CommitOutcomes', () => {
  const receipts = new CommitReceipts(() => 0)

  it('tells what the version of a receipt says', async () => {
    const receipt = receipts.take()
    const made = lookups(() => receipt.version)
    expect(await made.outcomes.find(receipt)).to.deep.equal({
      outcome: 'made',
      value: Buffer.from('2,3'),
    })
    const notMade = lookups((_key, fence) => fence)
    expect(await notMade.outcomes.find(receipt)).to.have.property('outcome', 'not made')
    const changed = lookups(() => 'by another program')
    expect(await changed.outcomes.find(receipt)).to.have.property('outcome', 'unknown')
    expect([made, notMade, changed].flatMap(({ found }) => found)).to.deep.equal([
      'made',
      'not made',
      'unknown',
    ])
  })

  it('asks again until the database tells, with the same version for what was not made', async () => {
    const fences: unknown[] = []
    const { outcomes } = lookups((_key, fence) => {
      fences.push(fence)
      if (fences.length < 3) throw 'away'
      return fence
    })
    expect(await outcomes.find(receipts.take())).to.have.property('outcome', 'not made')
    expect(new Set(fences).size).to.equal(1)
  })

  it('goes on with others while the row of one is held', async () => {
    const [held, other] = [receipts.take(), receipts.take()]
    const { outcomes, found } = lookups(key => {
      if (key === held.key) throw LOCKED
      return other.version
    })
    const never = outcomes.find(held)
    expect(await outcomes.find(other)).to.have.property('outcome', 'made')
    outcomes[Symbol.dispose]()
    expect(await never).to.have.property('outcome', 'unknown')
    expect(found).to.deep.equal(['made', 'unknown'])
  })

  it('gives up the oldest of more than a thousand', async () => {
    const { outcomes, found } = lookups(() => {
      throw 'away'
    })
    const all = Array.from({ length: 1001 }, () => outcomes.find(receipts.take()))
    expect(await all[0]).to.have.property('outcome', 'unknown')
    expect(found).to.have.length(1)
    outcomes[Symbol.dispose]()
    await Promise.all(all)
  })
})
