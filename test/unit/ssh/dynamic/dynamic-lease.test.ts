import { expect } from 'chai'
import { isInstalling } from '../../../../engine/ssh/dynamic/dynamic-lease.ts'

describe('An installation', () => {
  const now = new Date('2026-01-01T00:00:00Z')
  const until = (seconds: number) => ({ busyUntil: now.getTime() + seconds * 1000 })

  it('is under way until its mark ends', () => {
    expect([0, -1].map(each => isInstalling(until(each), now))).to.deep.equal([false, false])
    expect([1, 60].map(each => isInstalling(until(each), now))).to.deep.equal([true, true])
  })

  it('is not under way where its mark ends later than any that is made now', () => {
    expect([3600, 86_400 * 365].map(each => isInstalling(until(each), now))).to.deep.equal([
      false,
      false,
    ])
  })
})
