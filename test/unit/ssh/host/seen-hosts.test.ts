import { expect } from 'chai'
import { putHost } from '../../../../engine/ssh/host/hosts.ts'
import { SeenHosts } from '../../../../engine/ssh/host/seen-hosts.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { transact } from '../../../../engine/storage/transact.ts'

const mount = { id: 'm', salt: 's', naming: 'keyed' } as never
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes))

async function nodes(count: number) {
  const store = new MemoryStore()
  await transact(store, tx => putHost({ tx, mount }, { name: 'a', addresses: [], groups: [] }))
  const seen = Array.from({ length: count }, () => new SeenHosts())
  const write = (node: SeenHosts | undefined, minutes: number) =>
    transact(store, async tx => {
      await node?.write({ tx, mount, now: at(minutes) })
      return tx.hasWritten()
    })
  const find = (node: SeenHosts | undefined) =>
    transact(store, async tx => node?.find({ tx, mount }, 'a'))
  return { seen, write, find }
}

const notice = (report = '') => ({ name: 'a', address: '192.0.2.1', report })

describe('What is seen of hosts', () => {
  it('is written when it is older than five minutes, and once', async () => {
    const { seen, write } = await nodes(1)
    const [node] = seen
    const written: boolean[] = []
    for (let minute = 0; minute < 30; minute++) {
      node?.note('m', at(minute), notice())
      written.push(await write(node, minute))
    }
    expect(written.filter(Boolean)).to.have.length(5)
    for (let minute = 30; minute < 60; minute++) written.push(await write(node, minute))
    expect(written.filter(Boolean)).to.have.length(6)
  })

  it('of several nodes has the newest of each value', async () => {
    const { seen, write, find } = await nodes(2)
    const [one, two] = seen
    one?.note('m', at(0), notice('{"krl_version":1,"helper_version":"x"}'))
    two?.note('m', at(1), notice('{"krl_version":2}'))
    await write(two, 10)
    await write(one, 11)
    two?.clear()
    const found = await find(two)
    expect(found?.values.krl_version?.[0]).to.equal(2)
    expect(found?.values.helper_version?.[0]).to.equal('x')
    expect([found?.firstSeen, found?.lastSeen]).to.deep.equal([at(0).getTime(), at(1).getTime()])
  })

  it('of a host that was deleted is not written', async () => {
    const { seen, write } = await nodes(1)
    seen[0]?.note('m', at(0), { ...notice(), name: 'gone' })
    expect(await write(seen[0], 10)).to.equal(false)
  })

  it('tells of a second address within the hour', async () => {
    const { seen } = await nodes(1)
    const note = (minute: number, address: string) =>
      seen[0]?.note('m', at(minute), { ...notice(), address })
    expect(note(0, '192.0.2.1')).to.equal(false)
    expect(note(1, '192.0.2.2')).to.equal(true)
    expect(note(2, '192.0.2.1')).to.equal(false)
    expect(note(200, '192.0.2.3')).to.equal(false)
  })
})
