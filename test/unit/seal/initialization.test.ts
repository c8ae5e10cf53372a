import { expect } from 'chai'
import { Sealing } from '../../../engine/seal/sealing.ts'
import { StorageIdentity } from '../../../engine/seal/storage-identity.ts'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { type Batch, StoreUnavailable } from '../../../engine/storage/store.ts'
import { Secret } from '../../../shared/secret.ts'

/** A store that makes a commit, or does not, and does not say so. */
class Silent extends MemoryStore {
  says: 'all' | 'nothing, and does it' | 'nothing, and does it not' = 'all'

  override async commit(batch: Batch): Promise<void> {
    if (this.says !== 'nothing, and does it not') await super.commit(batch)
    if (this.says !== 'all') throw new StoreUnavailable('no answer')
  }
}

const TWO = { shares: 2, threshold: 2 }

describe('An initialization', () => {
  function node(store = new Silent(), sealKeys?: readonly Buffer[]) {
    let tokens = 0
    const sealing = new Sealing({
      store,
      barrier: new Barrier(store),
      identity: new StorageIdentity({ store, memory: undefined, cannotKeep() {} }),
      sealKeys,
      bootstrap: async () => new Secret(`root ${++tokens}`),
      open: async () => ({ async [Symbol.asyncDispose]() {} }),
    })
    return { store, sealing }
  }

  const errorOf = (work: Promise<unknown>): Promise<Error> =>
    work.then(
      () => new Error('done'),
      error => error,
    )

  for (const [seal, keys] of [
    ['people', undefined],
    ['a seal key', [Buffer.alloc(32, 1)]],
  ] as const)
    it(`of which the storage does not say that it is done returns its keys to a repeated request (${seal})`, async () => {
      const { store, sealing } = node(new Silent(), keys)
      store.says = 'nothing, and does it'
      expect(await errorOf(sealing.initialize(TWO))).to.be.instanceOf(StoreUnavailable)
      store.says = 'all'
      expect((await errorOf(sealing.initialize({ shares: 1, threshold: 1 }))).message).to.include(
        '2 shares and a threshold of 2',
      )
      const { shares, rootToken } = await sealing.initialize(TWO)
      expect(rootToken.reveal()).to.equal('root 1')
      if (!keys) for (const share of shares) await sealing.offer(Buffer.from(share))
      expect(sealing.sealed).to.equal(false)
      expect((await errorOf(sealing.initialize(TWO))).message).to.equal(
        'Vault is already initialized',
      )
      expect(sealing.hasUndeliveredKeys).to.equal(false)
      await sealing[Symbol.asyncDispose]()
    })

  it('that has not been done can be begun again', async () => {
    const { store, sealing } = node()
    store.says = 'nothing, and does it not'
    expect(await errorOf(sealing.initialize(TWO))).to.be.instanceOf(StoreUnavailable)
    store.says = 'all'
    const { rootToken } = await sealing.initialize(TWO)
    expect(rootToken.reveal()).to.equal('root 2')
  })

  it('whose client has disconnected returns its keys to a repeated request', async () => {
    const { sealing } = node()
    let asked = 0
    const gone = await errorOf(sealing.initialize(TWO, () => ++asked === 1))
    expect(gone.message).to.equal('the client has disconnected')
    expect((await sealing.initialize(TWO)).rootToken.reveal()).to.equal('root 1')
  })

  it('of another node returns no keys', async () => {
    const { store, sealing } = node()
    store.says = 'nothing, and does it not'
    await errorOf(sealing.initialize(TWO))
    store.says = 'all'
    await node(store).sealing.initialize(TWO)
    expect((await errorOf(sealing.initialize(TWO))).message).to.equal(
      'Vault is already initialized',
    )
    expect(sealing.hasUndeliveredKeys).to.equal(false)
  })
})
