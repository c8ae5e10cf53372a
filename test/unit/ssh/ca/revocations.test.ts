import { expect } from 'chai'
import { bumpKrl, krlState } from '../../../../engine/ssh/ca/krl-version.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { transact } from '../../../../engine/storage/transact.ts'

const NOW = new Date('2026-01-01T00:00:00Z')

describe('The version of the KRL', () => {
  const stateOf = (store: MemoryStore) => transact(store, krlState)

  it('grows, and its tag is never the same', async () => {
    const store = new MemoryStore()
    const tags = [(await stateOf(store)).tag]
    expect(await stateOf(store)).to.deep.include({ version: 0, changedAt: 0 })
    for (const version of [1, 2, 3]) {
      expect(await transact(store, tx => bumpKrl(tx, NOW))).to.equal(version)
      const state = await stateOf(store)
      expect(state).to.deep.include({ version, changedAt: NOW.getTime() })
      tags.push(state.tag)
    }
    expect(new Set(tags).size).to.equal(4)
  })

  it('is counted by many at once without one having to try again', async () => {
    const store = new MemoryStore()
    const many = 50
    let runs = 0
    const { promise: allRun, resolve } = Promise.withResolvers<void>()
    const bump = () =>
      transact(store, async tx => {
        const version = await bumpKrl(tx, NOW)
        if (++runs === many) resolve()
        await allRun
        return version
      })
    const versions = await Promise.all(Array.from({ length: many }, bump))
    expect([runs, new Set(versions)]).to.deep.equal([many, new Set([1])])
    expect(await transact(store, tx => bumpKrl(tx, NOW))).to.equal(2)
    expect((await stateOf(store)).version).to.equal(2)
  })
})
