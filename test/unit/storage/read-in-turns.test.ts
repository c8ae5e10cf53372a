import { expect } from 'chai'
import { readInTurns } from '../../../engine/storage/read-in-turns.ts'

describe('Reading many records', () => {
  for (const count of [0, 1, 199, 200, 201, 1000])
    it(`gives ${count} in their order`, async () => {
      const names = Array.from({ length: count }, (_, at) => at)
      expect(await readInTurns(names, async name => name * 2)).to.deep.equal(
        names.map(name => name * 2),
      )
    })

  it('lets others take a turn meanwhile', async () => {
    const order: string[] = []
    const reading = readInTurns(Array.from({ length: 1000 }), async () => {}).then(() =>
      order.push('read'),
    )
    setImmediate(() => order.push('other'))
    await reading
    expect(order).to.deep.equal(['other', 'read'])
  })
})
