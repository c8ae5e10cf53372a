import { expect } from 'chai'
import { DueIndex } from '../../../engine/storage/due-index.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { Table } from '../../../engine/storage/table.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { openBarrier } from '../../support/barrier.ts'
import { setRows } from '../../support/tamper.ts'

const records = new Table<{ readonly at: number }>('record/')
const due = new DueIndex('due/')

describe('DueIndex', () => {
  const overdue = (store: MemoryStore, now: number, limit = 10) =>
    transact(store, tx =>
      due.overdue(tx, {
        now: new Date(now),
        limit,
        dueAt: async id => [(await records.get(tx, id))?.at],
      }),
    )

  async function filled() {
    const store = new MemoryStore()
    await transact(store, async tx => {
      for (const [id, at] of [
        ['a/1', 10],
        ['b', 20],
        ['c', 30],
      ] as const) {
        records.put(tx, id, { at })
        due.put(tx, at, id)
      }
    })
    return store
  }

  const insert = (store: MemoryStore, name: string) =>
    store.commit({ reads: new Map(), writes: new Map([[`due/${name}`, Buffer.from('x')]]) })

  it('gives what is due, the most overdue first', async () => {
    const store = await filled()
    expect(await overdue(store, 9)).to.deep.equal([])
    expect(await overdue(store, 20)).to.deep.equal(['a/1', 'b'])
    expect(await overdue(store, 99, 2)).to.deep.equal(['a/1', 'b'])
  })

  for (const [what, name] of [
    ['a record that falls due later', '000000000000001.c'],
    ['no record', '000000000000001.d'],
    ['no id at all', '000000000000001.%zz'],
    ['no time', 'c'],
  ] as const)
    it(`trusts no name that another program has added for ${what}, and deletes it`, async () => {
      const store = await filled()
      await insert(store, name)
      expect(await overdue(store, 10)).to.deep.equal(['a/1'])
      expect(await store.list('due/')).to.have.length(3)
    })

  it('is not held up by names that cannot be taken away', async () => {
    const store = await filled()
    for (let n = 0; n < 30; n++) await insert(store, `00000000000000${n}/folder`)
    expect(await overdue(store, 20)).to.deep.equal(['a/1', 'b'])
  })

  it('is not held up by damaged records, and reports them', async () => {
    const { barrier, inner } = await openBarrier(new MemoryStore())
    await transact(barrier, async tx => {
      for (const id of ['a', 'b', 'c']) {
        records.put(tx, id, { at: 10 })
        due.put(tx, 10, id)
      }
    })
    await setRows(inner, [
      ['record/a', Buffer.from('x')],
      ['due/000000000000001.b', Buffer.from('x')],
      ['due/000000000000001.a', Buffer.from('x')],
    ])
    const told = { damaged: new Set<string>(), stray: new Set<string>() }
    const ids = await transact(barrier, tx =>
      due.overdue(tx, {
        now: new Date(10),
        limit: 10,
        dueAt: async id => [(await records.get(tx, id))?.at],
        damaged: id => void told.damaged.add(id),
        stray: id => void told.stray.add(id),
      }),
    )
    expect(ids).to.deep.equal(['b', 'c'])
    expect([...told.damaged, ...told.stray]).to.deep.equal(['a'])
  })
})
