import { expect } from 'chai'
import { type Otp, otps } from '../../../../engine/ssh/otp/otps.ts'
import {
  deletePasswords,
  deleteTombstones,
  endUnused,
  isReplay,
  leaveTombstone,
} from '../../../../engine/ssh/otp/tombstones.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { type Tx, transact } from '../../../../engine/storage/transact.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const at = NOW.getTime()
const later = (seconds: number) => new Date(at + seconds * 1000)

const OTP: Otp = {
  ...{ role: 'web', username: 'u', ip: '10.0.0.5', lease: 'ssh/creds/web/a', misses: 0 },
  ...{ expiresAt: at + 600_000, issuer: { token: 'token' } },
}

describe('The tombstone of a password', () => {
  let store: MemoryStore
  beforeEach(() => {
    store = new MemoryStore()
  })
  const within = <T>(work: (tx: Tx) => Promise<T>) => transact(store, work)
  const read = (id: string) => within(tx => otps.get(tx, id))
  const names = async () =>
    (await store.list('otp/')).length + (await store.list('otp-due/')).length
  const fill = (count: number, otp = OTP) =>
    within(async tx => {
      for (let number = 0; number < count; number++)
        leaveTombstone(tx, { id: String(number).padStart(4, '0'), otp }, { state: 'used', at })
    })

  it('is no password to a version that does not know tombstones', async () => {
    await fill(1)
    const { expiresAt, ended } = (await read('0000'))!
    expect([expiresAt, ended?.expiresAt]).to.deep.equal([0, OTP.expiresAt])
  })

  it('is deleted when the lease would have ended, a page at a time', async () => {
    await fill(25)
    const deleted = (seconds: number) =>
      within(tx => deleteTombstones({ tx, now: later(seconds) }, 10))
    expect([await deleted(599), await names()]).to.deep.equal([false, 50])
    expect([await deleted(600), await names()]).to.deep.equal([true, 30])
    expect([await deleted(600), await names()]).to.deep.equal([true, 10])
    expect([await deleted(600), await names()]).to.deep.equal([false, 0])
  })

  it('is kept for a minute at least', async () => {
    await fill(1, { ...OTP, expiresAt: at + 1000 })
    for (const [seconds, left] of [
      [59, 2],
      [60, 0],
    ] as const) {
      await within(tx => deleteTombstones({ tx, now: later(seconds) }, 10))
      expect([seconds, await names()]).to.deep.equal([seconds, left])
    }
  })

  it('is left by a lease that ends unused, but not by one that ends after the use', async () => {
    const end = (id: string, seconds: number) =>
      within(tx => endUnused(id, { tx, now: later(seconds) }))
    await within(async tx => {
      for (const id of ['revoked', 'expired']) otps.put(tx, id, OTP)
      const { issuer: _, ...older } = OTP
      otps.put(tx, 'older', older)
    })
    await end('revoked', 1)
    await end('expired', 600)
    await end('older', 1)
    await end('none', 1)
    await fill(1)
    await end('0000', 1)
    const states = ['revoked', 'expired', 'older', 'none', '0000'].map(
      async id => (await read(id))?.ended?.state,
    )
    expect(await Promise.all(states)).to.deep.equal([
      'revoked',
      'expired',
      undefined,
      undefined,
      'used',
    ])
  })

  it('records replays only of what was used, one a second, and ten of them', async () => {
    const replay = (id: string, seconds: number) =>
      within(async tx => {
        const by = { at: later(seconds).getTime(), address: '10.0.0.5', requestId: 'id' }
        return [isReplay(tx, id, (await otps.get(tx, id))!, by), tx.hasWritten()]
      })
    await fill(1)
    expect(await replay('0000', 1)).to.deep.equal([true, true])
    expect(await replay('0000', 1.5)).to.deep.equal([true, false])
    for (let more = 2; more <= 10; more++)
      expect(await replay('0000', more)).to.deep.equal([true, true])
    expect(await replay('0000', 11)).to.deep.equal([true, false])
    expect((await read('0000'))?.ended?.replays?.count).to.equal(10)
    await within(async tx => {
      otps.put(tx, 'waiting', OTP)
      leaveTombstone(tx, { id: 'revoked', otp: OTP }, { state: 'revoked', at })
    })
    for (const id of ['waiting', 'revoked'])
      expect(await replay(id, 1)).to.deep.equal([false, false])
  })

  it('is not taken for one that is due by an entry without one, or of a password that is valid', async () => {
    await fill(2)
    await within(async tx => {
      otps.delete(tx, '0000')
      otps.put(tx, '0001', OTP)
    })
    expect(await within(tx => deleteTombstones({ tx, now: later(600) }, 10))).to.equal(false)
    expect([await read('0001'), await names()]).to.deep.equal([OTP, 1])
  })

  it('is deleted with all passwords when a backup was restored, a page at a time', async () => {
    for (const [tombstones, waiting, pages] of [
      [25, 0, ['true 15 15', 'true 5 5', 'false 0 0']],
      [0, 15, ['true 5 0', 'false 0 0']],
      [12, 3, ['true 5 2', 'false 0 0']],
    ] as const) {
      await fill(tombstones)
      await within(async tx => {
        for (let number = 0; number < waiting; number++) otps.put(tx, `waiting-${number}`, OTP)
      })
      const seen: string[] = []
      for (const _ of pages) {
        const isMore = await within(tx => deletePasswords(tx, 10))
        const left = [(await store.list('otp/')).length, (await store.list('otp-due/')).length]
        seen.push([isMore, ...left].join(' '))
      }
      expect(seen).to.deep.equal(pages)
    }
  })

  it('of which only the due time is left is deleted, too', async () => {
    await fill(15)
    await within(async tx => {
      for (const id of await otps.list(tx, '')) otps.delete(tx, id)
    })
    expect(await within(tx => deletePasswords(tx, 10))).to.equal(true)
    expect([await within(tx => deletePasswords(tx, 10)), await names()]).to.deep.equal([false, 0])
  })
})
