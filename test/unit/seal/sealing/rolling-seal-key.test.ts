import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { Sealing } from '../../../../engine/seal/sealing.ts'
import { StorageIdentity } from '../../../../engine/seal/storage-identity.ts'
import { Barrier } from '../../../../engine/storage/barrier.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { Secret } from '../../../../shared/secret.ts'

describe('A seal key that is changed on one node after another', () => {
  const [old, fresh, other] = [randomBytes(32), randomBytes(32), randomBytes(32)]

  /** A node that is started with these keys. */
  const node = (store: MemoryStore, ...sealKeys: readonly Buffer[]) =>
    new Sealing({
      store,
      barrier: new Barrier(store),
      identity: new StorageIdentity({ store, memory: undefined, cannotKeep() {} }),
      sealKeys,
      bootstrap: async () => new Secret('root'),
      open: async () => ({ async [Symbol.asyncDispose]() {} }),
    })

  async function opens(store: MemoryStore, ...keys: readonly Buffer[]): Promise<boolean> {
    const sealing = node(store, ...keys)
    await sealing
      .unsealAlone()
      .catch(({ message }) => expect(message).to.match(/^none of the seal/))
    return !sealing.sealed
  }

  async function founded(): Promise<MemoryStore> {
    const store = new MemoryStore()
    await node(store, old).initialize({ shares: 1, threshold: 1 })
    return store
  }

  it('locks out no node that has not been given it yet', async () => {
    const store = await founded()
    expect(await opens(store, fresh, old)).to.equal(true)
    for (let restarts = 0; restarts < 2; restarts++) {
      expect(await opens(store, old)).to.equal(true)
      expect(await opens(store, fresh, old)).to.equal(true)
    }
    expect(await opens(store, fresh)).to.equal(true)
  })

  it('locks out none in whichever order files have both', async () => {
    const store = await founded()
    for (const keys of [[old, fresh], [old], [fresh, old], [old, fresh], [fresh, old], [fresh]])
      expect(await opens(store, ...keys)).to.equal(true)
  })

  it('ends the old one when that is taken away', async () => {
    const store = await founded()
    await opens(store, fresh, old)
    await opens(store, fresh)
    expect(await opens(store, old)).to.equal(false)
    expect(await opens(store, fresh)).to.equal(true)
  })

  it('does not end a newer one from a node that lacks it', async () => {
    const store = await founded()
    await opens(store, fresh, old)
    await opens(store, old)
    expect(await opens(store, fresh)).to.equal(true)
  })

  it('writes nothing where nothing has changed', async () => {
    const store = await founded()
    await opens(store, fresh, old)
    const version = (await store.get('seal/config'))?.version
    await opens(store, fresh, old)
    await opens(store, old)
    expect((await store.get('seal/config'))?.version).to.equal(version)
    expect(await opens(store, other)).to.equal(false)
  })
})
