import { expect } from 'chai'
import { ReadCache } from '../../../engine/storage/read-cache.ts'
import { readFromCache } from '../../../engine/storage/read-from-cache.ts'
import type { Tx } from '../../../engine/storage/transact.ts'

const value = Buffer.from('value')

const cached = () => {
  const readCache = new ReadCache()
  readCache.put('role/web', { value, version: '1' })
  readCache.put('role/none', undefined)
  readCache.putWritten('role/mine', { value, version: '2' })
  return { readCache }
}

describe('readFromCache', () => {
  it('gives what was computed from cached entries, and their versions', async () => {
    const found = await readFromCache(cached(), tx => tx.under('role/').getCached('web'))
    expect(found).to.deep.equal({ value, versions: new Map([['role/web', '1']]) })
  })

  const others: Readonly<Record<string, (tx: Tx) => unknown>> = {
    'what is not cached': tx => tx.getCached('role/other'),
    'the absence of an entry': tx => tx.getCached('role/none'),
    'an entry that is to be read anew': tx => tx.get('role/web'),
    'an entry that was written here': tx => tx.getWritten('role/mine'),
    'a list': tx => tx.list('role/'),
  }
  for (const [what, read] of Object.entries(others))
    it(`gives nothing for work that reads ${what}`, async () => {
      const work = async (tx: Tx) => {
        await tx.getCached('role/web')
        await read(tx)
      }
      expect(await readFromCache(cached(), work)).to.equal(undefined)
    })

  it('gives nothing for work that writes', async () => {
    const writes: readonly ((tx: Tx) => void)[] = [
      tx => tx.put('a', value),
      tx => tx.putCached('a', value),
      tx => tx.delete('a'),
    ]
    for (const write of writes)
      expect(await readFromCache(cached(), async tx => write(tx))).to.equal(undefined)
  })

  it('gives nothing for work that fails, or reads two versions of one entry', async () => {
    const failing = async () => {
      throw new Error('it cannot be done')
    }
    expect(await readFromCache(cached(), failing)).to.equal(undefined)
    const store = cached()
    const twice = async (tx: Tx) => {
      await tx.getCached('role/web')
      store.readCache.put('role/web', { value, version: '3' })
      await tx.getCached('role/web')
    }
    expect(await readFromCache(store, twice)).to.equal(undefined)
  })

  it('gives nothing without a cache, as while the store is sealed', async () => {
    expect(await readFromCache({}, async () => 'some')).to.equal(undefined)
  })
})
