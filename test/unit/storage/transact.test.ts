import { expect } from 'chai'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import type { Store } from '../../../engine/storage/store.ts'
import { Table } from '../../../engine/storage/table.ts'
import { type Tx, transact } from '../../../engine/storage/transact.ts'
import { openBarrier } from '../../support/barrier.ts'

const roles = new Table<{ readonly port: number }>('role/', { recalled: true })
const uses = new Table<{ readonly port: number }>('use/')

/** A store that counts what is read from it. */
class Counted extends MemoryStore {
  reads: string[] = []

  override get(key: string) {
    this.reads.push(key)
    return super.get(key)
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

const recalling = { recalling: true }

describe('transact', () => {
  it('does not read again what it remembers, where that is allowed', async () => {
    const { one, readsOf } = await nodes()
    await setPort(one, 22)
    await transact(one, use, recalling)
    const again = await readsOf(() => transact(one, use, recalling))
    expect(again).to.deep.equal({ result: 22, reads: [] })
    const anew = await readsOf(() => transact(one, use))
    expect(anew).to.deep.equal({ result: 22, reads: ['role/web'] })
  })

  it('remembers that there is nothing, too', async () => {
    const { one, readsOf } = await nodes()
    await transact(one, use, recalling)
    expect(await readsOf(() => transact(one, use, recalling))).to.deep.equal({
      result: undefined,
      reads: [],
    })
    await setPort(one, 22)
    expect(await transact(one, use, recalling)).to.equal(22)
  })

  it('commits nothing that rests on what another node has changed', async () => {
    const { one, other } = await nodes()
    await setPort(one, 22)
    await transact(one, use, recalling)
    await setPort(other, 2222)
    expect(await transact(one, use, recalling)).to.equal(2222)
    await transact(other, async tx => roles.delete(tx, 'web'))
    expect(await transact(one, use, recalling)).to.equal(undefined)
    await setPort(other, 22)
    expect(await transact(one, use, recalling)).to.equal(22)
  })

  it('gives no answer without a commit that rests on what another node has changed', async () => {
    const { one, other } = await nodes()
    const port = async (tx: Tx) => (await roles.get(tx, 'web'))?.port
    await setPort(one, 22)
    await transact(one, use, recalling)
    await setPort(other, 2222)
    expect(await transact(one, port, recalling)).to.equal(2222)
  })

  it('refuses nothing because of what another node has changed', async () => {
    const { one, other } = await nodes()
    const needed = async (tx: Tx) => {
      if (!(await roles.get(tx, 'web'))) throw new Error('there is no such role')
      return use(tx)
    }
    await transact(one, use, recalling)
    await setPort(other, 22)
    expect(await transact(one, needed, recalling)).to.equal(22)
  })

  it('passes on why work fails, after looking again', async () => {
    const { one } = await nodes()
    await setPort(one, 22)
    await transact(one, use, recalling)
    let runs = 0
    const failing = async (tx: Tx) => {
      runs++
      await roles.get(tx, 'web')
      throw new Error('it cannot be done')
    }
    const error = await transact(one, failing, recalling).catch(reason => reason)
    expect(error.message).to.equal('it cannot be done')
    expect(runs).to.equal(2)
  })

  it('remembers nothing of before a seal', async () => {
    const { one, rootKey, readsOf } = await nodes()
    await setPort(one, 22)
    await transact(one, use, recalling)
    const values = [one.recall?.get('role/web')?.entry?.value]
    one.seal()
    expect(one.recall).to.equal(undefined)
    expect(values).to.deep.equal([Buffer.alloc('{"port":22}'.length)])
    await one.unseal(rootKey)
    const { reads } = await readsOf(() => transact(one, use, recalling))
    expect(reads).to.deep.equal(['role/web'])
  })
})
