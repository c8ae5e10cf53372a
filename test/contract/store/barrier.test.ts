import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { Tampered } from '../../../engine/storage/aead.ts'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { Gone } from '../../../engine/storage/kept.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { Sealed } from '../../../engine/storage/sealed.ts'
import { termOf } from '../../../engine/storage/sealed-value.ts'
import { SqliteStore } from '../../../engine/storage/sqlite.ts'
import { type Batch, type Store, StoreUnavailable } from '../../../engine/storage/store.ts'
import { openBarrier } from '../../support/barrier.ts'
import { storeContract } from './contract.ts'

const folders: string[] = []

after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** A store whose commits fail while its standby is away. */
class WithStandby extends MemoryStore {
  isAway = false

  override async commit(batch: Batch) {
    if (this.isAway) throw new StoreUnavailable('the standby is away')
    return super.commit(batch)
  }
}

/** A store that lets go of what it has read when it is told to. */
class WithPause extends MemoryStore {
  readonly reading = Promise.withResolvers<void>()
  readonly read = Promise.withResolvers<void>()
  pausesAt = ''

  override async get(key: string) {
    const entry = await super.get(key)
    if (key !== this.pausesAt) return entry
    this.pausesAt = ''
    this.reading.resolve()
    await this.read.promise
    return entry
  }
}

storeContract('Barrier around SqliteStore', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-barrier-'))
  folders.push(folder)
  return (await openBarrier(await SqliteStore.open(folder))).barrier
})

storeContract('Barrier', async () => (await openBarrier(new MemoryStore())).barrier)

describe('Barrier', () => {
  const write = (store: Store, key: string, value: Uint8Array) =>
    store.commit({ reads: new Map(), writes: new Map([[key, value]]) })
  const put = (store: Store, key: string, text: string) => write(store, key, Buffer.from(text))
  const read = async (store: Store, key: string) => {
    const entry = await store.get(key)
    return entry && Buffer.from(entry.value).toString()
  }
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      error => error,
    )
  /** The raw bytes under a key. */
  const raw = async (store: Store, key: string) =>
    Buffer.from((await store.get(key))?.value ?? Buffer.alloc(0))

  it('leaves nothing of a value readable in the store below', async () => {
    const { barrier, inner } = await openBarrier(new MemoryStore())
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 4, maxLength: 300 }), async value => {
        await write(barrier, 'a/b', value)
        const stored = await raw(inner, 'a/b')
        expect(stored.includes(Buffer.from(value))).to.equal(false)
        expect((await barrier.get('a/b'))?.value).to.deep.equal(Buffer.from(value))
      }),
    )
  })

  it('encrypts equal values differently', async () => {
    const { barrier, inner } = await openBarrier(new MemoryStore())
    await put(barrier, 'a', 'same')
    await put(barrier, 'b', 'same')
    const [a, b] = [await raw(inner, 'a'), await raw(inner, 'b')]
    expect(a.subarray(5).equals(b.subarray(5))).to.equal(false)
  })

  it('refuses a value with any one bit changed', async () => {
    const { barrier, inner } = await openBarrier(new MemoryStore())
    await put(barrier, 'a', 'x')
    const stored = await raw(inner, 'a')
    for (let bit = 0; bit < stored.length * 8; bit++) {
      const changed = Buffer.from(stored)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      await write(inner, 'a', changed)
      expect(await failure(barrier.get('a')), `bit ${bit}`).to.be.instanceOf(Tampered)
    }
  })

  it('refuses a value of any other length', async () => {
    const { barrier, inner } = await openBarrier(new MemoryStore())
    await put(barrier, 'a', 'hello')
    const stored = await raw(inner, 'a')
    for (let length = 0; length < stored.length; length++) {
      await write(inner, 'a', stored.subarray(0, length))
      expect(await failure(barrier.get('a')), `${length} bytes`).to.be.instanceOf(Tampered)
    }
    await write(inner, 'a', Buffer.concat([stored, Buffer.alloc(1)]))
    expect(await failure(barrier.get('a'))).to.be.instanceOf(Tampered)
  })

  it('refuses values that have been swapped, and names the place', async () => {
    const { barrier, inner } = await openBarrier(new MemoryStore())
    await put(barrier, 'a', '1')
    await put(barrier, 'b', '2')
    const [a, b] = [await raw(inner, 'a'), await raw(inner, 'b')]
    await write(inner, 'a', b)
    await write(inner, 'b', a)
    const error = await failure(barrier.get('a'))
    expect(error).to.be.instanceOf(Tampered)
    expect(error.message).to.equal('the value under "a" is not what was stored there')
    expect(await failure(barrier.get('b'))).to.be.instanceOf(Tampered)
  })

  it('refuses a value that is said to be of another term', async () => {
    const { barrier, inner } = await openBarrier(new MemoryStore())
    await put(barrier, 'a', '1')
    await barrier.rotate()
    for (const term of [2, 3]) {
      const stored = await raw(inner, 'a')
      stored.writeUInt32BE(term, 1)
      await write(inner, 'a', stored)
      expect(await failure(barrier.get('a'))).to.be.instanceOf(Tampered)
    }
  })

  it('refuses everything while it is sealed, with one error', async () => {
    const { barrier } = await openBarrier(new MemoryStore())
    await put(barrier, 'a', '1')
    barrier.seal()
    for (const refused of [
      barrier.get('a'),
      barrier.get('nothing'),
      barrier.list(''),
      barrier.list('a/'),
      put(barrier, 'a', '2'),
      barrier.rotate(),
      barrier.active(),
    ])
      expect(await failure(refused)).to.be.instanceOf(Sealed)
  })

  it('opens again with its root key only', async () => {
    const { barrier, inner, rootKey } = await openBarrier(new MemoryStore())
    await put(barrier, 'a', '1')
    barrier.seal()
    expect(await failure(barrier.unseal(Buffer.alloc(32)))).to.be.instanceOf(Tampered)
    expect(barrier.sealed).to.equal(true)
    await barrier.unseal(rootKey)
    expect(await read(barrier, 'a')).to.equal('1')
    expect(barrier.isRootKey(rootKey)).to.equal(true)
    expect(barrier.isRootKey(Buffer.alloc(32))).to.equal(false)
    expect((await raw(inner, 'seal/keyring')).includes(rootKey)).to.equal(false)
  })

  it('reads what was written before the key was rotated, and writes with the new key', async () => {
    const { barrier, inner } = await openBarrier(new MemoryStore())
    await put(barrier, 'old', '1')
    await barrier.rotate()
    await put(barrier, 'new', '2')
    expect([await read(barrier, 'old'), await read(barrier, 'new')]).to.deep.equal(['1', '2'])
    const terms = [await raw(inner, 'old'), await raw(inner, 'new')].map(each =>
      each.readUInt32BE(1),
    )
    expect(terms).to.deep.equal([1, 2])
    expect((await barrier.active()).number).to.equal(2)
  })

  it('uses a new key of another node only once it has stored it again, as a standby may not have it', async () => {
    const inner = new WithStandby()
    const { barrier: one, rootKey } = await openBarrier(inner)
    const two = new Barrier(inner)
    await two.unseal(rootKey)
    await one.rotate()
    await put(one, 'later', 'text')
    inner.isAway = true
    expect(await failure(two.get('later'))).to.be.instanceOf(StoreUnavailable)
    inner.isAway = false
    await put(two, 'own', 'text')
    expect(termOf('own', await raw(inner, 'own'))).to.equal(1)
    expect(await Promise.all([read(two, 'later'), read(two, 'later')])).to.deep.equal([
      'text',
      'text',
    ])
    await put(two, 'own', 'text')
    expect(termOf('own', await raw(inner, 'own'))).to.equal(2)
  })

  it('uses a new key that it finds when it is unsealed only once it has stored it again', async () => {
    const inner = new WithStandby()
    const { barrier: one, rootKey } = await openBarrier(inner)
    const before = await inner.get('seal/keyring')
    await one.rotate()
    // the primary has crashed, and shows what its standby does not have
    const two = new Barrier(inner)
    await two.unseal(rootKey)
    inner.isAway = true
    expect(await failure(put(two, 'own', 'text'))).to.be.instanceOf(StoreUnavailable)
    // the standby has taken over
    inner.isAway = false
    const writes = new Map([
      ['seal/keyring', before?.value],
      ['core/term', undefined],
    ])
    await inner.commit({ reads: new Map(), writes })
    await Promise.all([put(two, 'own', 'text'), put(two, 'other', 'text')])
    const three = new Barrier(inner)
    await three.unseal(rootKey)
    expect([await read(three, 'own'), await read(three, 'other')]).to.deep.equal(['text', 'text'])
  })

  it('stores its keyring again once after it was unsealed, and not at all before a key was added', async () => {
    const { barrier: one, inner, rootKey } = await openBarrier(new MemoryStore())
    const version = async () => (await inner.get('seal/keyring'))?.version
    const versionAfter = async (barrier: Barrier) => {
      await put(barrier, 'a', '1')
      return version()
    }
    const [two, three] = [new Barrier(inner), new Barrier(inner)]
    const first = await version()
    await two.unseal(rootKey)
    expect(await versionAfter(two)).to.equal(first)
    await one.rotate()
    const rotated = await version()
    await three.unseal(rootKey)
    const again = await versionAfter(three)
    expect(again).not.to.equal(rotated)
    expect(await versionAfter(three)).to.equal(again)
  })

  it('does not take for stored what was still being stored when it was sealed and unsealed again', async () => {
    const made = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    class Slow extends MemoryStore {
      isSlow = false

      override async commit(batch: Batch) {
        const isSlow = this.isSlow
        this.isSlow = false
        await super.commit(batch)
        if (!isSlow) return
        made.resolve()
        await answered.promise
      }
    }
    const inner = new Slow()
    const { barrier: one, rootKey } = await openBarrier(inner)
    await one.rotate()
    const two = new Barrier(inner)
    await two.unseal(rootKey)
    inner.isSlow = true
    const early = failure(put(two, 'early', 'text'))
    await made.promise
    two.seal()
    await one.rotate()
    const rotated = await inner.get('seal/keyring')
    await two.unseal(rootKey)
    const late = put(two, 'late', 'text')
    answered.resolve()
    await Promise.all([early, late])
    expect(termOf('late', await raw(inner, 'late'))).to.equal(3)
    expect((await inner.get('seal/keyring'))?.version).not.to.equal(rotated?.version)
  })

  it('reads what another node has written with a new key', async () => {
    const { barrier: one, inner, rootKey } = await openBarrier(new MemoryStore())
    const two = new Barrier(inner)
    await two.unseal(rootKey)
    await one.rotate()
    await put(one, 'a', '1')
    expect(await read(two, 'a')).to.equal('1')
    await put(two, 'a', '2')
    expect((await raw(inner, 'a')).readUInt32BE(1)).to.equal(2)
  })

  it('keeps every key that nodes make at the same time', async () => {
    const { barrier: one, inner, rootKey } = await openBarrier(new MemoryStore())
    const two = new Barrier(inner)
    await two.unseal(rootKey)
    const rounds = Array.from({ length: 10 }, async (_, round) => {
      await Promise.all([one.rotate(), two.rotate()])
      await put(one, `one/${round}`, 'x')
      await put(two, `two/${round}`, 'x')
    })
    await Promise.all(rounds)
    const fresh = new Barrier(inner)
    await fresh.unseal(rootKey)
    expect((await fresh.active()).number).to.equal(21)
    for (let round = 0; round < 10; round++)
      expect([await read(fresh, `one/${round}`), await read(fresh, `two/${round}`)]).to.deep.equal([
        'x',
        'x',
      ])
  })

  it('counts encryptions, and makes a new key before one has been used too often', async () => {
    const { barrier, inner, rootKey } = await openBarrier(new MemoryStore(), { step: 10, most: 20 })
    for (let n = 0; n < 15; n++) await put(barrier, 'a', 'x')
    expect((await barrier.active()).encryptions).to.equal(15)
    for (let n = 0; n < 10; n++) await put(barrier, 'a', 'x')
    expect((await barrier.active()).number).to.equal(2)
    const fresh = new Barrier(inner)
    await fresh.unseal(rootKey)
    expect((await fresh.active()).number).to.equal(2)
  })

  it('goes on with its own keyring where an older one has been put back, so that no number stands for two keys', async () => {
    const inner = new MemoryStore()
    const { barrier } = await openBarrier(inner)
    const older = await inner.get('seal/keyring')
    await barrier.rotate()
    await put(barrier, 'a', 'second term')
    await write(inner, 'seal/keyring', older?.value ?? new Uint8Array())
    await barrier.rotate()
    expect((await barrier.active()).number).to.equal(3)
    expect(await read(barrier, 'a')).to.equal('second term')
  })

  it('does not open with an older keyring that has been put back', async () => {
    const inner = new MemoryStore()
    const { barrier, rootKey } = await openBarrier(inner)
    const older = await inner.get('seal/keyring')
    await barrier.rotate()
    const newest = await inner.get('seal/keyring')
    await write(inner, 'seal/keyring', older?.value ?? new Uint8Array())
    const next = new Barrier(inner)
    expect(await failure(next.unseal(rootKey))).to.be.instanceOf(Tampered)
    await write(inner, 'seal/keyring', newest?.value ?? new Uint8Array())
    await next.unseal(rootKey)
    expect((await next.active()).number).to.equal(2)
  })

  it('knows of records that are never deleted that they should be there, also after a restart', async () => {
    const inner = new MemoryStore()
    const { barrier, rootKey } = await openBarrier(inner)
    expect(await barrier.get('policy/names')).to.equal(undefined)
    await put(barrier, 'policy/names', '{}')
    await barrier.rotate()
    await inner.commit({ reads: new Map(), writes: new Map([['policy/names', undefined]]) })
    const next = new Barrier(inner)
    await next.unseal(rootKey)
    for (const each of [barrier, next])
      expect(await failure(each.get('policy/names'))).to.be.instanceOf(Gone)
    expect(await barrier.get('core/quota-names')).to.equal(undefined)
  })

  it('notes, when told to, which of them an older version has written', async () => {
    const inner = new MemoryStore()
    const { barrier, rootKey } = await openBarrier(inner)
    const before = await inner.get('seal/keyring')
    await put(barrier, 'policy/names', '{}')
    await write(inner, 'seal/keyring', before?.value ?? new Uint8Array())
    const next = new Barrier(inner)
    await next.unseal(rootKey)
    await next.noteKept()
    await inner.commit({ reads: new Map(), writes: new Map([['policy/names', undefined]]) })
    expect(await failure(next.get('policy/names'))).to.be.instanceOf(Gone)
  })

  it('commits nothing across a seal, and keeps its keyring, even if it is unsealed meanwhile', async () => {
    const inner = new WithPause()
    const { barrier, rootKey } = await openBarrier(inner)
    const before = await raw(inner, 'seal/keyring')
    inner.pausesAt = 'seal/keyring'
    const putting = failure(put(barrier, 'policy/names', '{}'))
    await inner.reading.promise
    barrier.seal()
    await barrier.unseal(rootKey)
    inner.read.resolve()
    expect(await putting).to.be.instanceOf(Sealed)
    expect(await raw(inner, 'seal/keyring')).to.deep.equal(before)
  })

  it('deletes nothing once it is sealed, though that needs no key', async () => {
    const inner = new MemoryStore()
    const { barrier } = await openBarrier(inner)
    await put(barrier, 'a', 'text')
    barrier.seal()
    const deleting = barrier.commit({ reads: new Map(), writes: new Map([['a', undefined]]) })
    expect(await failure(deleting)).to.be.instanceOf(Sealed)
    expect(await inner.get('a')).not.to.equal(undefined)
  })
})
