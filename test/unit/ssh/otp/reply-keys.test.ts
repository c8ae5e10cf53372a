import { expect } from 'chai'
import {
  leapReplyKeys,
  replyKeys,
  requireReplyKeys,
  stageReplyKey,
} from '../../../../engine/ssh/otp/reply-keys.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { type Tx, transact } from '../../../../engine/storage/transact.ts'

describe('The keys that sign replies', () => {
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
