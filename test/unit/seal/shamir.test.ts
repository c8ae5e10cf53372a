import { expect } from 'chai'
import fc from 'fast-check'
import { combineShares, splitKey } from '../../../engine/seal/shamir.ts'

const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
const quorum = fc
  .integer({ min: 2, max: 12 })
  .chain(shares =>
    fc.record({ shares: fc.constant(shares), threshold: fc.integer({ min: 2, max: shares }) }),
  )

describe('splitKey', () => {
  it('gives the key back for any shares that are enough, and not for fewer', async () => {
    await fc.assert(
      fc.asyncProperty(key, quorum, async (secret, wanted) => {
        const shares = await splitKey(secret, wanted)
        const some = fc.sample(fc.shuffledSubarray([...shares], { minLength: wanted.threshold }), 1)
        for (const enough of some)
          expect((await combineShares(enough)).equals(secret)).to.equal(true)
        const few = await combineShares(shares.slice(0, wanted.threshold - 1))
        expect(few.equals(secret)).to.equal(false)
      }),
      { numRuns: 50 },
    )
  })

  it('makes shares of the form of Vault: a byte longer than the key, all places different', async () => {
    const shares = await splitKey(Buffer.alloc(32, 1), { shares: 255, threshold: 3 })
    expect(shares.every(share => share.length === 33)).to.equal(true)
    const places = new Set(shares.map(share => share[32]))
    expect([places.size, places.has(0)]).to.deep.equal([255, false])
  })

  it('gives the key itself as a single share', async () => {
    const secret = Buffer.alloc(32, 7)
    const shares = await splitKey(secret, { shares: 1, threshold: 1 })
    expect(shares).to.deep.equal([secret])
    expect(await combineShares(shares)).to.deep.equal(secret)
  })

  it('says that two of one place do not belong together', async () => {
    const share = Buffer.alloc(33, 1)
    const error = await combineShares([share, share]).catch(thrown => thrown)
    expect(error.message).to.equal('these are not shares of one key')
  })
})
