import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import type { MountView } from '../../../../engine/api/call.ts'
import { OtpWaits, type Place } from '../../../../engine/ssh/otp/otp-waits.ts'
import { type Found, type Otp, otps } from '../../../../engine/ssh/otp/otps.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { type Tx, transact } from '../../../../engine/storage/transact.ts'

const LONG = 60_000

/** Waits on a store that counts what is asked of it. */
function waiting(limits = { together: 100, perSource: 50 }) {
  const store = new MemoryStore()
  const waits = new OtpWaits({ interval: 10, limits })
  const counts = { transactions: 0 }
  const change = (id: string, misses: number): Promise<Found> =>
    transact(store, async tx => {
      const otp: Otp = {
        ...{ role: 'web', username: 'u', ip: '10.0.0.5', lease: `ssh/creds/web/${id}` },
        ...{ expiresAt: 1, misses },
      }
      otps.put(tx, id, otp)
      return { id, otp }
    })
  const place = (address: string, isHeard = () => true): Place => ({
    // nothing but its id is looked at
    mount: { id: 'mount' } as MountView,
    address,
    isHeard,
    transact<T>(work: (tx: Tx) => Promise<T>) {
      counts.transactions++
      return transact(store, work)
    },
  })
  return { store, waits, counts, change, place }
}

describe('Requests that wait for passwords', () => {
  it('are answered when theirs changes, and no other', async () => {
    const { waits, change, place } = waiting()
    const [one, two] = [await change('one', 0), await change('two', 0)]
    const done: string[] = []
    const waitFor = async (found: Found, name: string) => {
      await waits.untilChange(found, place('10.0.0.1'), LONG)
      done.push(name)
    }
    const all = [waitFor(one, 'one'), waitFor(two, 'two')]
    await pause(50)
    expect(done).to.deep.equal([])
    await change('one', 1)
    await all[0]
    expect(done).to.deep.equal(['one'])
    waits.end()
    await Promise.all(all)
    expect(waits.count).to.equal(0)
  })

  it('share one look at the store', async () => {
    const { waits, change, place, counts } = waiting()
    const found = [await change('one', 0), await change('two', 0)]
    const all = Array.from({ length: 40 }, (_, at) =>
      waits.untilChange(found[at % 2]!, place('10.0.0.1'), LONG),
    )
    await pause(100)
    // a look each 10 ms at the most, whoever waits
    expect(counts.transactions).to.be.within(1, 12)
    waits.end()
    await Promise.all(all)
    const before = counts.transactions
    await pause(60)
    // and none when nobody does, but for one that was under way
    expect(counts.transactions).to.be.within(before, before + 1)
  })

  it('end with their time, and with their client', async () => {
    const { waits, change, place } = waiting()
    const found = await change('one', 0)
    await waits.untilChange(found, place('10.0.0.1'), 20)
    let isHeard = true
    const answer = waits.untilChange(
      found,
      place('10.0.0.1', () => isHeard),
      LONG,
    )
    await pause(40)
    expect(waits.count).to.equal(1)
    isHeard = false
    await answer
    expect(waits.count).to.equal(0)
  })

  it('end when the store cannot be read', async () => {
    const { waits, change, place } = waiting()
    const broken = { ...place('10.0.0.1'), transact: () => Promise.reject(new Error('away')) }
    await waits.untilChange(await change('one', 0), broken, LONG)
    expect(waits.count).to.equal(0)
  })

  it('are bounded, for each source and together', async () => {
    const { waits, change, place } = waiting({ together: 3, perSource: 2 })
    const found = await change('one', 0)
    const wait = (address: string) => waits.untilChange(found, place(address), LONG)
    const refused = (address: string) =>
      wait(address).then(
        () => undefined,
        error => [error.code, error.retryAfter],
      )
    const all = [wait('2001:db8::1'), wait('2001:db8::2')]
    expect(await refused('2001:db8::3')).to.deep.equal(['busy', 1])
    all.push(wait('10.0.0.1'))
    expect(await refused('10.0.0.2')).to.deep.equal(['busy', 1])
    waits.end()
    await Promise.all(all)
    all.push(wait('10.0.0.2'))
    waits.end()
    await Promise.all(all)
  })

  it('do not wait any more once the server is being stopped', async () => {
    const { waits, change, place } = waiting()
    const found = await change('one', 0)
    const answer = waits.untilChange(found, place('10.0.0.1'), LONG)
    waits.close()
    await answer
    await waits.untilChange(found, place('10.0.0.1'), LONG)
  })
})
