import { expect } from 'chai'
import { KeptTable, Missing } from '../../../engine/storage/kept-table.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { transact } from '../../../engine/storage/transact.ts'

const table = new KeptTable<{ readonly text: string }>('text/', { record: 'text-names/all' })

/** Another node does something after a key was read. */
class Shared extends MemoryStore {
  meanwhile: (() => Promise<unknown>) | undefined

  override async get(key: string) {
    const entry = await super.get(key)
    const { meanwhile } = this
    this.meanwhile = undefined
    await meanwhile?.()
    return entry
  }
}

describe('KeptTable', () => {
  const read = (store: Shared) => transact(store, tx => table.get(tx, 'a'))
  const write = (store: Shared) => transact(store, tx => table.put(tx, 'a', { text: 'b' }))
  const remove = (store: Shared) => transact(store, tx => table.delete(tx, 'a'))

  it('does not take a record for missing that is written while it is read', async () => {
    const store = new Shared()
    store.meanwhile = () => write(store)
    expect(await read(store)).to.deep.equal({ text: 'b' })
    await remove(store)
    expect(await read(store)).to.equal(undefined)
    store.meanwhile = () => write(store)
    expect(await read(store)).to.deep.equal({ text: 'b' })
  })

  it('tells a record that another program has deleted from one that was deleted', async () => {
    const store = new Shared()
    await write(store)
    await store.commit({ reads: new Map(), writes: new Map([['text/a', undefined]]) })
    const error = await read(store).catch(thrown => thrown)
    expect(error).to.be.instanceOf(Missing)
    await remove(store)
    expect(await read(store)).to.equal(undefined)
  })
})
