import { randomBytes } from 'node:crypto'
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
  async function unsealed(sealKeys?: readonly Buffer[]) {
    const store = new Leaving()
    const barrier = new Barrier(store)
    const sealing = new Sealing({
      store,
      barrier,
      identity: new StorageIdentity({ store, memory: undefined, cannotKeep() {} }),
      sealKeys,
      bootstrap: async () => new Secret('root'),
      open: async () => ({ async [Symbol.asyncDispose]() {} }),
    })
    const { shares } = await sealing.initialize({ shares: 2, threshold: 2 })
    const offer = async (all: readonly Buffer[]) => {
      for (const share of all) await sealing.offer(Buffer.from(share))
    }
    if (!sealKeys) await offer(shares)
    return { store, sealing, shares, offer }
  }

  async function rekeyed(
    sealing: Sealing,
    shares: readonly Buffer[],
    fresh = { shares: 3, threshold: 2 },
  ) {
    sealing.rekeying.begin(fresh, { verifies: false })
    const nonce = sealing.rekeying.current?.old.nonce ?? ''
    let made: readonly Buffer[] | undefined
    for (const share of shares) made = await sealing.rekeying.offer(nonce, Buffer.from(share))
    return { nonce, made: made ?? [] }
  }

  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'taken',
      error => error.message,
    )

  it('tries once, and leaves both keys good when the storage goes away at the wrong moment', async () => {
    const { store, sealing, shares, offer } = await unsealed()
    const { nonce, made } = await rekeyed(sealing, shares)
    store.leaves = true
    expect(await refusal(sealing.rekeying.settle(nonce))).to.equal('away')
    expect(sealing.rekeying.current).to.equal(undefined)
    for (const each of [shares, made.slice(1)]) {
      await sealing.seal()
      await offer(each)
      expect(sealing.sealed).to.equal(false)
    }
  })

  for (const [what, quorum] of [
    ['as many', { shares: 2, threshold: 2 }],
    ['more', { shares: 5, threshold: 4 }],
    ['a single one', { shares: 1, threshold: 1 }],
  ] as const)
    it(`has the old shares open the storage until the new ones have, which are ${what}`, async () => {
      const { sealing, shares, offer } = await unsealed()
      const { nonce, made } = await rekeyed(sealing, shares, quorum)
      await sealing.rekeying.settle(nonce)
      expect((await sealing.status()).isUnconfirmed).to.equal(true)
      for (const each of [shares, shares, made.slice(0, quorum.threshold)]) {
        await sealing.seal()
        await offer(each)
        expect(sealing.sealed).to.equal(false)
      }
      expect((await sealing.status()).isUnconfirmed).to.equal(false)
      await sealing.seal()
      const old = await refusal(offer(shares))
      expect(sealing.sealed).to.equal(true)
      if (quorum.threshold <= 2) expect(old).to.equal('Unseal failed, invalid key')
      sealing.reset()
      await offer(made.slice(0, quorum.threshold))
      expect(sealing.sealed).to.equal(false)
    })

  it('refuses shares of which none open anything, however many keys there are', async () => {
    const { sealing, shares, offer } = await unsealed()
    const { nonce, made } = await rekeyed(sealing, shares, { shares: 4, threshold: 3 })
    await sealing.rekeying.settle(nonce)
    await sealing.seal()
    expect(await refusal(offer([shares[0]!, made[1]!, made[2]!]))).to.equal(
      'Unseal failed, invalid key',
    )
    expect((await sealing.status()).progress).to.equal(0)
    await offer(made.slice(1))
    expect(sealing.sealed).to.equal(false)
  })

  it('has the new shares shown afterwards, and the old ones count no more', async () => {
    const { sealing, shares } = await unsealed()
    const { nonce, made } = await rekeyed(sealing, shares)
    expect(await sealing.rekeying.confirmation()).to.equal(undefined)
    await sealing.rekeying.settle(nonce)
    const confirming = (await sealing.rekeying.confirmation())?.nonce ?? ''
    const confirm = (share: Buffer) =>
      refusal(sealing.rekeying.confirm(confirming, Buffer.from(share)))
    await confirm(shares[0]!)
    expect(await confirm(shares[1]!)).to.match(/before the last rekey/)
    await confirm(made[0]!)
    expect(await confirm(shares[1]!)).to.match(/cannot be combined/)
    await confirm(made[2]!)
    expect((await sealing.status()).isUnconfirmed).to.equal(false)
    sealing.rekeying.begin({ shares: 1, threshold: 1 }, { verifies: false })
    const again = sealing.rekeying.current?.old.nonce ?? ''
    expect(await refusal(sealing.rekeying.offer(again, Buffer.from(shares[0]!)))).to.equal(
      'the share was refused: invalid key',
    )
  })

  it('gives those who have the old shares only another key', async () => {
    const { sealing, shares, offer } = await unsealed()
    const lost = await rekeyed(sealing, shares)
    await sealing.rekeying.settle(lost.nonce)
    const { nonce, made } = await rekeyed(sealing, shares)
    await sealing.rekeying.settle(nonce)
    await sealing.seal()
    expect(await refusal(offer(lost.made.slice(1)))).to.equal('Unseal failed, invalid key')
    await offer(shares)
    await sealing.seal()
    await offer(made.slice(1))
    expect(sealing.sealed).to.equal(false)
  })

  it('does the same for a recovery key', async () => {
    const { sealing, shares, offer } = await unsealed([randomBytes(32)])
    const { nonce, made } = await rekeyed(sealing, shares)
    await sealing.rekeying.settle(nonce)
    for (const each of [shares, made.slice(1)]) {
      await sealing.seal()
      await offer(each)
      expect(sealing.sealed).to.equal(false)
    }
    await sealing.seal()
    expect(await refusal(offer(shares))).to.equal('Unseal failed, invalid key')
  })

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
