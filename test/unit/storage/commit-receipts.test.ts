import { expect } from 'chai'
import { CommitReceipts } from '../../../engine/storage/commit-receipts.ts'

const DAY = 24 * 3600_000
const YEAR_2026 = Date.UTC(2026, 0)

describe('CommitReceipts', () => {
  let time: number
  let receipts: CommitReceipts
  beforeEach(() => {
    time = YEAR_2026
    receipts = new CommitReceipts(() => time)
  })

  it('gives commits at the same time rows of their own, under keys that are no UTF-8', () => {
    const [one, other] = [receipts.take(), receipts.take()]
    expect(one.key.equals(other.key)).to.equal(false)
    expect(one.version).not.to.equal(other.version)
    for (const { key, before } of [one, other]) {
      expect(key[0]).to.equal(0xff)
      expect(before).to.equal(undefined)
    }
  })

  it('uses the row of a commit that was made again, with its version', () => {
    const first = receipts.take()
    receipts.made(first)
    const second = receipts.take()
    expect(second.key).to.equal(first.key)
    expect(second.before).to.equal(first.version)
  })

  it('never uses the row of a commit again whose outcome is not known', () => {
    const first = receipts.take()
    expect(receipts.take().key.equals(first.key)).to.equal(false)
  })

  it('has the next commit delete the row of one that was refused, and that again if it is refused too', () => {
    const first = receipts.take()
    receipts.made(first)
    receipts.notMade(receipts.take())
    const next = receipts.take()
    expect(next.key.equals(first.key)).to.equal(false)
    expect(next.obsolete).to.equal(first.key)
    receipts.notMade(next)
    const last = receipts.take()
    expect(last.obsolete).to.equal(first.key)
    receipts.made(last)
    expect(receipts.take().obsolete).to.equal(undefined)
  })

  it('replaces a row after a thousand commits, and after a day', () => {
    const first = receipts.take()
    receipts.made(first)
    for (let count = 1; count < 1000; count++) {
      const again = receipts.take()
      expect(again.key).to.equal(first.key)
      receipts.made(again)
    }
    const second = receipts.take()
    expect(second.obsolete).to.equal(first.key)
    receipts.made(second)
    time += DAY
    expect(receipts.take().obsolete).to.equal(second.key)
  })

  it('has rows deleted that are older than a week', () => {
    const { key } = receipts.take()
    const isSwept = () => {
      const [from, to] = receipts.swept()
      return Buffer.compare(from, key) <= 0 && Buffer.compare(key, to) < 0
    }
    time += 7 * DAY
    expect(isSwept()).to.equal(false)
    time += 1
    expect(isSwept()).to.equal(true)
  })
})
