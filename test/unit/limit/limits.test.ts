import { expect } from 'chai'
import { Limits } from '../../../engine/limit/limits.ts'
import { sourceOf } from '../../../engine/limit/source.ts'

const now = new Date('2026-01-01T00:00:00Z')
const verify = (address: string) => ({ path: 'ssh/verify', address, open: true })

/** How many of `count` requests pass, each of which then fails if `failing`. */
function passing(limits: Limits, address: string, count: number, failing = false): number {
  let passed = 0
  for (let each = 0; each < count; each++) {
    if (limits.take(verify(address), now) > 0) continue
    passed++
    if (failing) limits.failed({ address }, now)
  }
  return passed
}

describe('Limits', () => {
  it('let hundreds of hosts behind one address log in within a second', () => {
    expect(passing(new Limits(), '192.0.2.1', 2500)).to.equal(2000)
  })

  it('stop somebody who guesses much sooner', () => {
    expect(passing(new Limits(), '192.0.2.1', 2500, true)).to.equal(100)
  })

  it('do not let noisy sources keep out a quiet one', () => {
    const limits = new Limits()
    for (let host = 1; host <= 20; host++) passing(limits, `192.0.2.${host}`, 2500)
    expect(passing(limits, '198.51.100.1', 50)).to.equal(50)
  })

  it('leave requests with a token alone', () => {
    const limits = new Limits()
    const asked = { path: 'ssh/creds/a', address: '192.0.2.1', open: false }
    for (let each = 0; each < 20_000; each++) expect(limits.take(asked, now)).to.equal(0)
  })

  it('hold a path to the quota that is set for it, and block who does not stop', () => {
    const limits = new Limits()
    const quota = { name: 'a', path: 'ssh/verify', rate: 2, interval: 1, blockInterval: 60 }
    limits.set([{ ...quota, name: 'all', path: '', rate: 1000, blockInterval: 0 }, quota])
    const take = (seconds: number, path = 'ssh/verify') =>
      limits.take({ ...verify('192.0.2.1'), path }, new Date(now.getTime() + seconds * 1000))
    expect([take(0), take(0), take(0)]).to.deep.equal([0, 0, 60_000])
    expect(take(30)).to.equal(30_000)
    expect(take(30, 'ssh/verifyx')).to.equal(0)
    expect(take(60)).to.equal(0)
    limits.set([])
    expect(take(61)).to.equal(0)
  })

  for (const [address, source] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ] as const)
    it(`take ${address} as the source ${source}`, () => {
      expect(sourceOf(address)).to.equal(source)
    })
})
