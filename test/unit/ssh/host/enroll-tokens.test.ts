import { expect } from 'chai'
import {
  endEnrollTokens,
  enrollTokens,
  forgetEnrollTokens,
} from '../../../../engine/ssh/host/enroll-tokens.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { type Tx, transact } from '../../../../engine/storage/transact.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const mount = { id: 'a', path: 'ssh/', salt: 'salt' } as Parameters<
  typeof forgetEnrollTokens
>[0]['mount']
const TOKEN = { name: 'a', isFleet: false, cidrs: [], groups: [], left: 0, issuedBy: 'root' }

describe('The records of enrolment tokens', () => {
  let store: MemoryStore
  const within = <T>(work: (tx: Tx) => Promise<T>) => transact(store, work)
  const ids = () => within(tx => enrollTokens.list(tx))
  const put = (id: string, left: number) =>
    within(async tx =>
      enrollTokens.put(tx, id, { ...TOKEN, expiresAt: NOW.getTime() + left * 1000 }),
    )

  beforeEach(() => {
    store = new MemoryStore()
  })

  it('are deleted when they have expired, used or not, and not before', async () => {
    for (const [id, left] of [
      ['00', 1],
      ['01', 0],
      ['fe', -1],
      ['ff', 60],
    ] as const)
      await put(id, left)
    // it begins at a random place
    for (let run = 0; run < 60; run++)
      await within(tx => forgetEnrollTokens({ tx, now: NOW, mount } as never))
    expect(await ids()).to.deep.equal(['00', 'ff'])
  })

  it('are all deleted when a backup was restored, a page at a time', async () => {
    for (const id of ['00', '01', '02']) await put(id, 60)
    expect(await within(tx => endEnrollTokens(tx, 2))).to.equal('01')
    expect(await within(tx => endEnrollTokens(tx, 2))).to.equal(undefined)
    expect(await ids()).to.deep.equal([])
  })
})
