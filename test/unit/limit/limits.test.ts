import { expect } from 'chai'
import { sourceOf } from '../../../engine/limit/client-network.ts'
import { Limits } from '../../../engine/limit/limits.ts'

const verify = (address: string) => ({ path: 'ssh/verify', address, open: true })

/** Limits by a clock that stands until a test moves it. */
function stopped() {
  const clock = { now: 0 }
  return { clock, limits: new Limits(() => clock.now) }
}

/** How many of `count` requests pass, each of which then fails if `failing`. */
function passing(limits: Limits, address: string, count: number, failing = false): number {
  let passed = 0
  for (let each = 0; each < count; each++) {
    if (limits.take(verify(address)) > 0) continue
    passed++
    if (failing) limits.failed(verify(address))
  }
  return passed
}

describe('Limits', () => {
  it('let hundreds of hosts behind one address log in within a second', () => {
    expect(passing(stopped().limits, '192.0.2.1', 2500)).to.equal(2000)
  })

  it('stop guessing much sooner', () => {
    expect(passing(stopped().limits, '192.0.2.1', 2500, true)).to.equal(100)
  })

  it('serve a quiet source although others exceed the common rate', () => {
    const { limits } = stopped()
    for (let host = 1; host <= 20; host++) passing(limits, `192.0.2.${host}`, 2500)
    expect(passing(limits, '198.51.100.1', 50)).to.equal(50)
  })

  it('leave requests with a token alone', () => {
    const { limits } = stopped()
    const asked = { path: 'ssh/creds/a', address: '192.0.2.1', open: false }
    for (let each = 0; each < 20_000; each++) expect(limits.take(asked)).to.equal(0)
  })

  it('hold a path to the quota that is set for it, and block who does not stop', () => {
    const { limits, clock } = stopped()
    const quota = { name: 'a', path: 'ssh/verify', rate: 2, interval: 1, blockInterval: 60 }
    limits.set([{ ...quota, name: 'all', path: '', rate: 1000, blockInterval: 0 }, quota])
    const take = (seconds: number, path = 'ssh/verify') => {
      clock.now = seconds * 1000
      return limits.take({ ...verify('192.0.2.1'), path })
    }
    expect([take(0), take(0), take(0)]).to.deep.equal([0, 0, 60_000])
    expect(take(30)).to.equal(30_000)
    expect(take(30, 'ssh/verifyx')).to.equal(0)
    expect(take(60)).to.equal(0)
    limits.set([])
    expect(take(61)).to.equal(0)
  })

  it('charge failures to the quota that counts where there is one, and to nothing else', () => {
    const { limits } = stopped()
    limits.set([{ name: 'a', path: 'ssh/verify', rate: 1e6, interval: 1, blockInterval: 0 }])
    expect(passing(limits, '192.0.2.1', 2500, true)).to.equal(2500)
    expect(limits.take({ ...verify('192.0.2.1'), path: 'auth/userpass/login/a' })).to.equal(0)
  })

  it('bound the debt of a source to its burst, however often it fails', () => {
    const { limits, clock } = stopped()
    for (let each = 0; each < 10_000; each++) limits.failed(verify('192.0.2.1'))
    expect(limits.take(verify('192.0.2.1'))).to.be.within(1, 2)
    clock.now += 2000
    expect(passing(limits, '192.0.2.1', 2500)).to.equal(2000)
  })

  describe('of unauthenticated clients', () => {
    const from = (address: string) => ({ address })
    /** How many of so many refusals were written down before the source was told to wait. */
    const refused = (limits: Limits, address: string, count: number) => {
      for (let each = 0; each < count; each++) {
        if (limits.unauthenticatedWait(from(address)) > 0) return each
        limits.refusedUnauthenticated(from(address))
      }
      return count
    }

    it('are a thousand refusals at once and twenty a second, for each source', () => {
      const { limits, clock } = stopped()
      expect(refused(limits, '192.0.2.1', 5000)).to.equal(1000)
      expect(refused(limits, '192.0.2.2', 100)).to.equal(100)
      expect(passing(limits, '192.0.2.1', 2500)).to.equal(2000)
      clock.now += 1000
      expect(refused(limits, '192.0.2.1', 5000)).to.equal(20)
    })

    it('are held to a rate together, however many sources they come from', () => {
      const { limits, clock } = stopped()
      const many = Array.from({ length: 400 }, (_, host) => `2001:db8:0:${host.toString(16)}::1`)
      const all = () => many.reduce((sum, address) => sum + refused(limits, address, 45), 0)
      expect(all()).to.equal(5000)
      clock.now += 1000
      expect(all()).to.equal(200)
      // they take nothing from those who need no token
      expect(passing(limits, '198.51.100.1', 100)).to.equal(100)
    })
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
