import { expect } from 'chai'
import {
  activateReplyKey,
  activeOf,
  activeReplyKey,
  leapReplyKeys,
  privateKeyOf,
  type ReplyKeys,
  removeReplyKey,
  replyKeys,
  requireReplyKeys,
  stageReplyKey,
} from '../../../../engine/ssh/otp/reply-keys.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { type Tx, transact } from '../../../../engine/storage/transact.ts'
import { publicKeyIn } from '../../../../shared/ed25519.ts'

describe('The keys that sign replies', () => {
  it('are made once, and stored where earlier versions look for them', async () => {
    const store = new MemoryStore()
    const now = new Date('2026-01-01T00:00:00Z')
    const make = () => transact(store, tx => requireReplyKeys({ tx, now }))
    const made = await make()
    expect(await make()).to.deep.equal(made)
    expect(await store.list('verify-keys/')).to.deep.equal(['all'])
    const [key] = made.keys
    const { id, text } = publicKeyIn(privateKeyOf(key!))
    expect(key).to.include({ id, publicKey: text, state: 'active', since: 1 })
    expect([made.version, key!.createdAt]).to.deep.equal([1, now.getTime()])
    expect(key!.privateKey).to.match(/^-----BEGIN PRIVATE KEY-----/)
  })

  it('are staged, active and retiring in turn; each step is a new version', async () => {
    const store = new MemoryStore()
    const now = new Date()
    const step = (change: (tx: Tx, all: ReplyKeys) => unknown) =>
      transact(store, async tx => {
        change(tx, (await replyKeys(tx))!)
        const { version, keys } = (await replyKeys(tx))!
        return { version, keys: keys.map(({ id, state }) => [id, state]) }
      })
    const [first] = (await transact(store, tx => requireReplyKeys({ tx, now }))).keys
    const staged = await step((tx, all) => stageReplyKey(tx, all, now))
    const second = (await transact(store, replyKeys))!.keys[1]!
    expect(second.since).to.equal(2)
    expect(staged).to.deep.equal({
      version: 2,
      keys: [
        [first!.id, 'active'],
        [second.id, 'staged'],
      ],
    })
    expect((await transact(store, activeReplyKey))?.id).to.equal(first!.id)
    const active = {
      version: 3,
      keys: [
        [first!.id, 'retiring'],
        [second.id, 'active'],
      ],
    }
    expect(await step(activateReplyKey)).to.deep.equal(active)
    expect((await transact(store, activeReplyKey))?.id).to.equal(second.id)
    await step((tx, all) => stageReplyKey(tx, all, now))
    const states = ['retiring', 'retiring', 'active']
    const next = await step(activateReplyKey)
    expect(next.keys.map(([, state]) => state)).to.deep.equal(states)
    const left = await step((tx, all) => removeReplyKey(tx, all, second.id))
    const others = next.keys.filter(([id]) => id !== second.id)
    expect(left).to.deep.equal({ version: 6, keys: others })
    expect(others).to.have.length(2)
  })

  it('are none where a node of an older version has made the mount', async () => {
    expect(activeOf(undefined)).to.equal(undefined)
    expect(await transact(new MemoryStore(), activeReplyKey)).to.equal(undefined)
  })

  it('are newer than all that hosts have and have confirmed, when a backup was restored', async () => {
    const store = new MemoryStore()
    const now = new Date()
    const within = <T>(work: (tx: Tx) => Promise<T>) => transact(store, work)
    const { keys } = await within(tx => requireReplyKeys({ tx, now }))
    await within(leapReplyKeys)
    const restored = (await within(replyKeys))!
    expect(restored.keys).to.deep.equal(keys)
    expect(restored.version).to.be.within(1_000_000, Number.MAX_SAFE_INTEGER / 2 ** 16)
    const staged = await within(async tx => stageReplyKey(tx, restored, now))
    expect(staged.since).to.be.above(restored.version)
  })

  it('are not made by the restore of a backup that has none', async () => {
    const store = new MemoryStore()
    await transact(store, leapReplyKeys)
    expect(await transact(store, replyKeys)).to.equal(undefined)
  })
})
