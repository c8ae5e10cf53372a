import { expect } from 'chai'
import { Sealing } from '../../../engine/seal/sealing.ts'
import { StorageIdentity } from '../../../engine/seal/storage-identity.ts'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { type Batch, StoreUnavailable } from '../../../engine/storage/store.ts'
import { Secret } from '../../../shared/secret.ts'

/** A store that can go away after it has made a commit, and before it says so. */
class Leaving extends MemoryStore {
  leaves = false
  override async commit(batch: Batch) {
    await super.commit(batch)
    if (!this.leaves) return
    this.leaves = false
    throw new StoreUnavailable('away')
  }
}

describe('Rekeying', () => {
  async function unsealed() {
    const store = new Leaving()
    const barrier = new Barrier(store)
    const sealing = new Sealing({
      store,
      barrier,
      identity: new StorageIdentity({ store, memory: undefined, cannotKeep() {} }),
      sealKeys: undefined,
      found: async () => new Secret('root'),
      open: async () => ({ async [Symbol.asyncDispose]() {} }),
    })
    const { shares } = await sealing.initialize({ shares: 2, threshold: 2 })
    const offer = async (all: readonly Buffer[]) => {
      for (const share of all) await sealing.offer(Buffer.from(share))
    }
    await offer(shares)
    return { store, sealing, shares, offer }
  }

  it('leaves nobody without shares when the storage goes away at the wrong moment', async () => {
    const { store, sealing, shares, offer } = await unsealed()
    sealing.rekeying.begin({ shares: 1, threshold: 1 }, { verifies: false })
    const nonce = sealing.rekeying.current?.old.nonce ?? ''
    let fresh: readonly Buffer[] | undefined
    for (const share of shares) fresh = await sealing.rekeying.offer(nonce, Buffer.from(share))
    store.leaves = true
    await sealing.rekeying.settle(nonce)
    expect(fresh).to.have.length(1)
    await sealing.seal()
    expect(await offer(shares).catch(error => error.message)).to.equal('Unseal failed, invalid key')
    await offer(fresh ?? [])
    expect(sealing.sealed).to.equal(false)
  }).timeout(10_000)

  it('takes each share once, and none for a ceremony that is over', async () => {
    const { sealing, shares } = await unsealed()
    const { rekeying } = sealing
    rekeying.begin({ shares: 3, threshold: 2 }, { verifies: false })
    const nonce = rekeying.current?.old.nonce ?? ''
    const offers = [shares[0]!, shares[0]!, shares[1]!, shares[1]!, shares[0]!].map(share =>
      rekeying.offer(nonce, Buffer.from(share)).catch(() => 'refused'),
    )
    const given = (await Promise.all(offers)).filter(Array.isArray)
    expect(given).to.have.length(1)
  })

  it('counts only when it is settled, and for its own nonce', async () => {
    const { sealing, shares, offer } = await unsealed()
    const { rekeying } = sealing
    rekeying.begin({ shares: 3, threshold: 2 }, { verifies: true })
    const nonce = rekeying.current?.old.nonce ?? ''
    for (const share of shares) await rekeying.offer(nonce, Buffer.from(share))
    const refused = await rekeying.settle(nonce).catch(({ message }) => message)
    expect(refused).to.equal('no rekey in progress')
    await sealing.seal()
    await offer(shares)
    expect(sealing.sealed).to.equal(false)
  })
})
