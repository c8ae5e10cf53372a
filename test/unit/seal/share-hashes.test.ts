import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { RootGeneration } from '../../../engine/seal/root-generation.ts'
import { Sealing } from '../../../engine/seal/sealing.ts'
import { everyShare, splitKey } from '../../../engine/seal/shamir.ts'
import { StorageIdentity } from '../../../engine/seal/storage-identity.ts'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { Secret } from '../../../shared/secret.ts'
import { testEngine } from '../../support/test-engine.ts'

const HASHES = 'core/seal/share-hashes'
const OTP = Buffer.from('x')

describe('everyShare', () => {
  it('works out all shares of a key from just enough of them', async () => {
    for (const threshold of [2, 3, 5]) {
      const shares = await splitKey(randomBytes(32), { shares: 7, threshold })
      const all = (await everyShare(shares.slice(7 - threshold))) ?? []
      expect(all).to.have.length(255)
      const known = new Set(all.map(share => share.toString('hex')))
      for (const share of shares) expect(known.has(share.toString('hex'))).to.equal(true)
    }
  })

  it('is the key itself where there is one share', async () => {
    const key = randomBytes(32)
    expect(await everyShare([key])).to.deep.equal([key])
  })

  it('does not try where it would take too long', async () => {
    expect(await everyShare(Array.from({ length: 17 }, () => randomBytes(33)))).to.equal(undefined)
  })
})

describe('What tells a share from any other', () => {
  async function unsealed(type: 'shamir' | 'file' = 'shamir') {
    const store = new MemoryStore()
    const barrier = new Barrier(store)
    const sealing = new Sealing({
      store,
      barrier,
      identity: new StorageIdentity({ store, memory: undefined, cannotKeep() {} }),
      sealKeys: type === 'file' ? [randomBytes(32)] : undefined,
      bootstrap: async () => new Secret('root'),
      open: async () => ({ async [Symbol.asyncDispose]() {} }),
    })
    const { shares } = await sealing.initialize({ shares: 3, threshold: 2 })
    const offer = async (...all: readonly Buffer[]) => {
      for (const share of all) await sealing.offer(Buffer.from(share))
    }
    if (type === 'shamir') await offer(shares[0]!, shares[1]!)
    const generation = sealing.rootGeneration
    const bring = (share: Buffer) =>
      generation
        .offer(generation.attemptFor('')?.ceremony.nonce ?? '', Buffer.from(share))
        .catch(({ message }) => message)
    const forget = () => transact(barrier, async tx => tx.delete(HASHES))
    return { sealing, shares, offer, generation, bring, forget }
  }

  for (const type of ['shamir', 'file'] as const)
    it(`is known from init on, with a seal of type ${type}`, async () => {
      const { generation, bring, shares } = await unsealed(type)
      generation.begin(OTP, '')
      expect(await bring(randomBytes(33))).to.equal('the share was refused: invalid key')
      expect(generation.isGood).to.equal(false)
      expect(await bring(shares[2]!)).to.equal(undefined)
      expect(generation.isGood).to.equal(true)
      expect(await bring(randomBytes(33))).to.equal('the share was refused: invalid key')
      expect(await bring(shares[0]!)).to.equal(OTP)
    })

  it('is known from the first quorum on where it was not, and until then all are refused', async () => {
    const { generation, bring, shares, forget } = await unsealed()
    await forget()
    generation.begin(OTP, '')
    await bring(shares[0]!)
    expect(generation.isGood).to.equal(false)
    expect(await bring(randomBytes(33))).to.equal('the shares were refused: invalid key')
    await bring(shares[0]!)
    expect(await bring(shares[1]!)).to.equal(OTP)
    generation.begin(OTP, '')
    expect(await bring(randomBytes(33))).to.equal('the share was refused: invalid key')
    // not one of those who were there
    await bring(shares[2]!)
    expect(await bring(shares[0]!)).to.equal(OTP)
  })

  it('is known from an unsealing on, too', async () => {
    const { sealing, generation, bring, shares, offer, forget } = await unsealed()
    await forget()
    await sealing.seal()
    await offer(shares[1]!, shares[2]!)
    generation.begin(OTP, '')
    expect(await bring(randomBytes(33))).to.equal('the share was refused: invalid key')
    await bring(shares[0]!)
    expect(await bring(shares[1]!)).to.equal(OTP)
  })

  it('is that of the new key after a rekey', async () => {
    const { sealing, generation, bring, shares } = await unsealed()
    const { rekeying } = sealing
    rekeying.begin({ shares: 3, threshold: 2 }, { verifies: false })
    const nonce = rekeying.current?.old.nonce ?? ''
    await rekeying.offer(nonce, Buffer.from(shares[0]!))
    const fresh = (await rekeying.offer(nonce, Buffer.from(shares[1]!))) ?? []
    await rekeying.settle(nonce)
    generation.begin(OTP, '')
    await bring(fresh[0]!)
    expect(await bring(fresh[2]!)).to.equal(OTP)
    generation.begin(OTP, '')
    expect(await bring(shares[0]!)).to.equal('the share was refused: invalid key')
  })
})

describe('An attempt to make a root token', () => {
  it('ends some time after its last good share', async () => {
    const addShare = async (_: unknown, __: unknown, good: () => void) => {
      good()
      return undefined
    }
    const generation = new RootGeneration({ addShare }, 400)
    generation.begin(OTP, '')
    await wait(250)
    await generation.offer(generation.attemptFor('')?.ceremony.nonce ?? '', randomBytes(33))
    await wait(250)
    expect(generation.isGood).to.equal(true)
    for (let tries = 0; generation.attemptFor('') && tries < 100; tries++) await wait(20)
    expect(generation.attemptFor('')).to.equal(undefined)
  })

  it('is not in the way of one that another source has begun, until it has a good share', async () => {
    const share = randomBytes(33)
    const addShare = async (_: unknown, given: Buffer, good: () => void) => {
      if (!given.equals(share)) throw new Error('wrong')
      good()
      return undefined
    }
    const generation = new RootGeneration({ addShare })
    generation.begin(OTP, 'admin')
    const nonce = generation.attemptFor('admin')?.ceremony.nonce ?? ''
    for (let times = 0; times < 1000; times++) {
      generation.begin(OTP, 'stranger')
      const theirs = generation.attemptFor('stranger')?.ceremony.nonce ?? ''
      expect(theirs).to.not.equal(nonce)
      await generation.offer(theirs, randomBytes(33)).catch(() => undefined)
      generation.cancel('stranger')
    }
    generation.begin(OTP, 'stranger')
    expect(generation.attemptFor('admin')?.ceremony.nonce).to.equal(nonce)
    await generation.offer(nonce, share)
    for (const source of ['admin', 'stranger'])
      expect(generation.attemptFor(source)?.ceremony.nonce).to.equal(nonce)
    expect(() => generation.begin(OTP, 'stranger')).to.throw('root generation already in progress')
    generation.cancelAll()
    expect(generation.attemptFor('admin')).to.equal(undefined)
  })

  it('goes when very many have begun after it', async () => {
    const { core } = await testEngine()
    const generation = core.sealing.rootGeneration
    generation.begin(OTP, 'first')
    const { nonce } = generation.attemptFor('first')!.ceremony
    for (let source = 0; source < 256; source++) generation.begin(OTP, String(source))
    expect(generation.attemptFor('first')?.ceremony.nonce).to.not.equal(nonce)
    generation.cancelAll()
  })
})
