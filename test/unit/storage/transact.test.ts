import { expect } from 'chai'
import { Tampered } from '../../../engine/storage/aead.ts'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { Sealed } from '../../../engine/storage/sealed.ts'
import type { Batch, Store } from '../../../engine/storage/store.ts'
import { Table } from '../../../engine/storage/table.ts'
import { type Tx, transact } from '../../../engine/storage/transact.ts'
import { openBarrier } from '../../support/barrier.ts'

const roles = new Table<{ readonly port: number }>('role/', { cached: true })
const passwords = new Table<{ readonly user: string }>('password/', { cached: 'written' })
const uses = new Table<{ readonly port: number }>('use/')

/** A store that counts what is read from it, and tells the version of a commit that writes one entry. */
class Counted extends MemoryStore {
  reads: string[] = []

  override get(key: string) {
    this.reads.push(key)
    return super.get(key)
  }

  override async commit(batch: Batch) {
    await super.commit(batch)
    const [key = ''] = batch.writes.keys()
    const entry = batch.writes.size === 1 ? await super.get(key) : undefined
    if (entry) batch.committed?.(entry.version)
  }
}

/** Two nodes with one store. */
async function nodes() {
  const { barrier: one, inner, rootKey } = await openBarrier(new Counted())
  const other = new Barrier(inner)
  await other.unseal(rootKey)
  const readsOf = async <T>(work: () => Promise<T>) => {
    inner.reads = []
    const result = await work()
    return { result, reads: inner.reads }
  }
  return { one, other, rootKey, readsOf }
}

const setPort = (store: Store, port: number) =>
  transact(store, async tx => roles.put(tx, 'web', { port }))

/** Notes which port the role has, and tells it. */
async function use(tx: Tx) {
  const role = await roles.get(tx, 'web')
  uses.put(tx, String(role?.port), { port: role?.port ?? 0 })
  return role?.port
}

const cachedReads = { cachedReads: true }

describe('transact', () => {
  it('does not read again what it remembers, where that is allowed', async () => {
    const { one, readsOf } = await nodes()
    await setPort(one, 22)
    await transact(one, use, cachedReads)
    const again = await readsOf(() => transact(one, use, cachedReads))
    expect(again).to.deep.equal({ result: 22, reads: [] })
    const anew = await readsOf(() => transact(one, use))
    expect(anew).to.deep.equal({ result: 22, reads: ['role/web'] })
  })

  it('remembers that there is nothing, too', async () => {
    const { one, readsOf } = await nodes()
    await transact(one, use, cachedReads)
    expect(await readsOf(() => transact(one, use, cachedReads))).to.deep.equal({
      result: undefined,
      reads: [],
    })
    await setPort(one, 22)
    expect(await transact(one, use, cachedReads)).to.equal(22)
  })

  it('commits nothing that rests on what another node has changed', async () => {
    const { one, other } = await nodes()
    await setPort(one, 22)
    await transact(one, use, cachedReads)
    await setPort(other, 2222)
    expect(await transact(one, use, cachedReads)).to.equal(2222)
    await transact(other, async tx => roles.delete(tx, 'web'))
    expect(await transact(one, use, cachedReads)).to.equal(undefined)
    await setPort(other, 22)
    expect(await transact(one, use, cachedReads)).to.equal(22)
  })

  it('gives no answer without a commit that rests on what another node has changed', async () => {
    const { one, other } = await nodes()
    const port = async (tx: Tx) => (await roles.get(tx, 'web'))?.port
    await setPort(one, 22)
    await transact(one, use, cachedReads)
    await setPort(other, 2222)
    expect(await transact(one, port, cachedReads)).to.equal(2222)
  })

  it('refuses nothing because of what another node has changed', async () => {
    const { one, other } = await nodes()
    const needed = async (tx: Tx) => {
      if (!(await roles.get(tx, 'web'))) throw new Error('there is no such role')
      return use(tx)
    }
    await transact(one, use, cachedReads)
    await setPort(other, 22)
    expect(await transact(one, needed, cachedReads)).to.equal(22)
  })

  it('passes on why work fails, after looking again', async () => {
    const { one } = await nodes()
    await setPort(one, 22)
    await transact(one, use, cachedReads)
    let runs = 0
    const failing = async (tx: Tx) => {
      runs++
      await roles.get(tx, 'web')
      throw new Error('it cannot be done')
    }
    const error = await transact(one, failing, cachedReads).catch(reason => reason)
    expect(error.message).to.equal('it cannot be done')
    expect(runs).to.equal(2)
  })

  it('remembers nothing of before a seal', async () => {
    const { one, rootKey, readsOf } = await nodes()
    await setPort(one, 22)
    await transact(one, use, cachedReads)
    const values = [one.readCache?.get('role/web')?.entry?.value]
    one.seal()
    expect(one.readCache).to.equal(undefined)
    expect(values).to.deep.equal([Buffer.alloc('{"port":22}'.length)])
    await one.unseal(rootKey)
    const { reads } = await readsOf(() => transact(one, use, cachedReads))
    expect(reads).to.deep.equal(['role/web'])
  })

  describe('of what this node has written last', () => {
    const make = (store: Store) => transact(store, async tx => passwords.put(tx, 'a', ADA))
    const take = (store: Store) => transact(store, tx => passwords.take(tx, 'a'), cachedReads)
    const ADA = { user: 'ada' }

    it('reads it from the cache, once', async () => {
      const { one, readsOf } = await nodes()
      await make(one)
      expect(await readsOf(() => take(one))).to.deep.equal({ result: ADA, reads: [] })
      expect((await take(one)) ?? 'none').to.equal('none')
    })

    it('lets one of two nodes take it, whichever has written it', async () => {
      const { one, other } = await nodes()
      await make(one)
      expect(await take(other)).to.deep.equal(ADA)
      expect((await take(one)) ?? 'none').to.equal('none')
    })

    it('lets one of many on one node take it', async () => {
      const { one } = await nodes()
      await make(one)
      const taken = await Promise.all(Array.from({ length: 8 }, () => take(one)))
      expect(taken.filter(Boolean)).to.deep.equal([ADA])
    })

    it('reads it from the store where nothing is committed that would be checked', async () => {
      const { one, readsOf } = await nodes()
      await make(one)
      const read = () => transact(one, tx => passwords.get(tx, 'a'))
      expect((await readsOf(read)).reads).to.deep.equal(['password/a'])
      expect((await readsOf(() => take(one))).reads).to.deep.equal([])
    })

    it('caches nothing of a commit that fails, and nothing beyond a seal', async () => {
      const { one, other } = await nodes()
      await make(one)
      await transact(other, async tx => passwords.put(tx, 'a', { user: 'eve' }))
      expect(await take(one)).to.deep.equal({ user: 'eve' })
      expect(one.readCache?.written('password/a')).to.equal(undefined)
      await make(one)
      const { readCache } = one
      const value = readCache?.written('password/a')?.value
      one.seal()
      expect(readCache?.written('password/a')).to.equal(undefined)
      expect(value).to.deep.equal(new Uint8Array('{"user":"ada"}'.length))
    })
  })

  describe('of a store whose values are encrypted', () => {
    /** A store that can say something else of a row, under the version that it had. */
    class Lying extends MemoryStore {
      lie: Uint8Array | undefined

      override async get(key: string) {
        const entry = await super.get(key)
        return entry && this.lie ? { ...entry, value: this.lie } : entry
      }
    }

    const readPort = (store: Store) => transact(store, tx => roles.get(tx, 'web'))

    it('gives one record for one row, which nobody can change', async () => {
      const { barrier } = await openBarrier(new MemoryStore())
      await setPort(barrier, 22)
      const record = await readPort(barrier)
      expect(await readPort(barrier)).to.equal(record)
      expect(record).to.be.frozen
      await setPort(barrier, 23)
      expect(await readPort(barrier)).to.deep.equal({ port: 23 })
    })

    it('authenticates again whatever is not, byte for byte, what it has decrypted', async () => {
      const { barrier, inner } = await openBarrier(new Lying())
      await setPort(barrier, 22)
      const stored = Buffer.from((await inner.get('role/web'))?.value ?? [])
      expect(await readPort(barrier)).to.deep.equal({ port: 22 })
      for (const at of stored.keys()) {
        const changed = Buffer.from(stored)
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
        inner.lie = changed
        const failure = await readPort(barrier).catch((error: unknown) => error)
        expect(failure, `byte ${at}`).to.be.instanceOf(Tampered)
      }
    })

    it('does not take a row for that of another name, although it has decrypted its bytes', async () => {
      const { barrier, inner } = await openBarrier(new Lying())
      await setPort(barrier, 22)
      await transact(barrier, async tx => roles.put(tx, 'other', { port: 80 }))
      inner.lie = (await inner.get('role/web'))?.value
      expect(await readPort(barrier)).to.deep.equal({ port: 22 })
      const failure = await transact(barrier, tx => roles.get(tx, 'other')).catch(error => error)
      expect(failure).to.be.instanceOf(Tampered)
    })

    it('remembers nothing in the clear once it is sealed', async () => {
      const { barrier } = await openBarrier(new MemoryStore())
      await setPort(barrier, 22)
      await readPort(barrier)
      barrier.seal()
      expect(await readPort(barrier).catch(error => error)).to.be.instanceOf(Sealed)
    })
  })
})
