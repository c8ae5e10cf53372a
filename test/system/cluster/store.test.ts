import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { commitAlone, markMoved, UNFINISHED, unmarkMoved } from '../../../engine/storage/moved.ts'
import { PostgresStore } from '../../../engine/storage/postgres.ts'
import { Conflict, NameTooLong, StoreUnavailable } from '../../../engine/storage/store.ts'
import { type Tx, transact } from '../../../engine/storage/transact.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { Secret } from '../../../shared/secret.ts'
import { storeContract } from '../../contract/store/contract.ts'
import { openBarrier } from '../../support/barrier.ts'
import { Postgres } from '../../support/postgres.ts'
import { until } from '../../support/until.ts'

const open = (url: string, { connections = 8, schema = 'public' } = {}) =>
  PostgresStore.open({ url: new Secret(url), connections, schema })

const bytes = (text: string) => Buffer.from(text)

describe('PostgreSQL', function () {
  this.timeout(60_000)
  let postgres: Postgres

  before(async () => {
    postgres = await Postgres.start()
  })
  after(async () => {
    await postgres?.[Symbol.asyncDispose]()
  })

  storeContract('PostgresStore', async () => open(await postgres.database()))
  storeContract('Barrier around PostgresStore', async () => {
    const store = await open(await postgres.database())
    return (await openBarrier(store)).barrier
  })

  describe('shared by several nodes', () => {
    let nodes: readonly PostgresStore[]

    beforeEach(async () => {
      const url = await postgres.database()
      nodes = await Promise.all([open(url), open(url), open(url)])
    })
    afterEach(async () => {
      await Promise.all(nodes.map(node => node[Symbol.asyncDispose]()))
    })

    const node = (index: number) => nodes[index % nodes.length]!
    const succeeds = (commit: Promise<void>) =>
      commit.then(
        () => true,
        error => {
          if (error instanceof Conflict) return false
          throw error
        },
      )

    it('takes nothing but the copy while it is the destination of one', async () => {
      const writes = new Map([['seal/config', bytes('mine')]])
      await commitAlone(node(0), UNFINISHED, bytes('{}'))
      const refused = await node(1)
        .commit({ reads: new Map(), writes })
        .catch(error => error)
      expect(refused).to.be.instanceOf(StoreUnavailable)
      await node(0).commit({
        reads: new Map(),
        writes: new Map([...writes, [UNFINISHED, undefined]]),
      })
      await node(1).commit({ reads: new Map(), writes })
    })

    it('acknowledges nothing after it has been marked as moved, and nothing before it that the copy would miss', async () => {
      const acknowledged: string[] = []
      const write = async (index: number, client: number) => {
        for (let n = 0; ; n++) {
          const key = `${client}/${n}`
          await node(index).commit({ reads: new Map(), writes: new Map([[key, bytes(key)]]) })
          acknowledged.push(key)
        }
      }
      const clients = Array.from({ length: 24 }, (_, client) => write(client % 2, client))
      const ends = Promise.allSettled(clients)
      while (acknowledged.length < 200) await pause(5)
      await markMoved(node(2), 'a copy')
      const there = new Set<string>()
      for (let client = 0; client < clients.length; client++)
        for (const name of await node(2).list(`${client}/`)) there.add(`${client}/${name}`)
      for (const end of await ends)
        expect(end)
          .to.deep.include({ status: 'rejected' })
          .and.to.have.property('reason')
          .instanceof(StoreUnavailable)
      expect(acknowledged.filter(key => !there.has(key))).to.deep.equal([])
      await unmarkMoved(node(2))
      await node(0).commit({ reads: new Map(), writes: new Map([['a', bytes('a')]]) })
    })

    for (const [what, before, after] of [
      ['is absent and appears', undefined, '2'],
      ['changes', '1', '2'],
      ['is deleted', '1', undefined],
    ] as const)
      it(`commits at most one of two that each read what the other writes, where it ${what}`, async () => {
        const outcomes: (readonly boolean[])[] = []
        for (let round = 0; round < 100; round++) {
          const [a, b] = [`${round}/a`, `${round}/b`]
          if (before !== undefined)
            await node(0).commit({
              reads: new Map(),
              writes: new Map([
                [a, bytes(before)],
                [b, bytes(before)],
              ]),
            })
          const versions = await Promise.all(
            [a, b].map(async key => (await node(0).get(key))?.version),
          )
          const value = after === undefined ? undefined : bytes(after)
          const commit = (index: number, [read, written]: readonly [string, string]) =>
            succeeds(
              node(index).commit({
                reads: new Map([[read, versions[read === a ? 0 : 1]]]),
                writes: new Map([[written, value]]),
              }),
            )
          outcomes.push(await Promise.all([commit(1, [a, b]), commit(2, [b, a])]))
        }
        expect(outcomes.filter(([one, other]) => one && other)).to.deep.equal([])
        expect(outcomes.flat().filter(Boolean)).to.have.length.above(0)
      })

    it('moves every coin and loses none, over accounts that come and go', async () => {
      const coins = async (tx: Tx, account: string) => {
        const value = await tx.get(account)
        return value ? Number(Buffer.from(value).toString()) : 0
      }
      await transact(node(0), async tx => tx.put('account/0', bytes('30')))
      const move = (index: number, turn: number) =>
        transact(node(index), async tx => {
          const [from, to] = [`account/${turn % 8}`, `account/${(turn * index + index) % 8}`]
          const [here, there] = [await coins(tx, from), await coins(tx, to)]
          if (from === to || here === 0) return
          if (here === 1) tx.delete(from)
          else tx.put(from, bytes(String(here - 1)))
          tx.put(to, bytes(String(there + 1)))
        })
      const mover = async (index: number) => {
        for (let turn = 0; turn < 30; turn++)
          // who loses every attempt to others comes again, as a client does that was answered 503
          while (!(await succeeds(move(index, turn))));
      }
      await Promise.all(Array.from({ length: 12 }, (_, index) => mover(index)))
      const accounts = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          transact(node(1), tx => coins(tx, `account/${index}`)),
        ),
      )
      expect(accounts.reduce((sum, each) => sum + each)).to.equal(30)
    })
  })

  it('is made once by nodes that start at the same time', async () => {
    const url = await postgres.database()
    const nodes = await Promise.all(Array.from({ length: 6 }, () => open(url, { connections: 2 })))
    expect(await postgres.ask('select * from postern_schema', url)).to.deep.equal([
      { id: 1, version: 1 },
    ])
    await Promise.all(nodes.map(node => node[Symbol.asyncDispose]()))
  })

  it('is not touched where a newer version has made it', async () => {
    const url = await postgres.database()
    await (await open(url))[Symbol.asyncDispose]()
    await postgres.ask('update postern_schema set version = 99', url)
    const error = await open(url).catch(reason => reason)
    expect(error).to.be.instanceOf(Invalid)
    expect(error.message).to.match(/^the database has schema version 99 of a newer Postern/)
  })

  it('says that it cannot be used while it is away, and goes on when it is back', async () => {
    await using store = await open(await postgres.database())
    await store.commit({ reads: new Map(), writes: new Map([['a', bytes('1')]]) })
    const waiting = Array.from({ length: 20 }, () => store.get('a').catch(reason => reason))
    await postgres.stop()
    await Promise.all(waiting)
    const failed = await Promise.all([
      store.get('a').catch(reason => reason),
      store.list('').catch(reason => reason),
      store
        .commit({ reads: new Map(), writes: new Map([['b', bytes('1')]]) })
        .catch(reason => reason),
    ])
    expect(failed.map(error => error instanceof StoreUnavailable)).to.deep.equal([true, true, true])
    await postgres.resume()
    expect(await store.list('')).to.deep.equal(['a'])
  })

  it('says that a name is too long for it', async () => {
    await using store = await open(await postgres.database())
    const long = randomBytes(3000).toString('hex')
    const error = await store
      .commit({ reads: new Map(), writes: new Map([[long, bytes('1')]]) })
      .catch(reason => reason)
    expect(error).to.be.instanceOf(NameTooLong)
  })

  it('says so when it takes no writes, as a replica does not', async () => {
    await using store = await open(await postgres.database())
    await postgres.ask('alter system set default_transaction_read_only = on')
    await postgres.ask('select pg_reload_conf()')
    try {
      let error: unknown
      const isRefused = async () => {
        error = await store
          .commit({ reads: new Map(), writes: new Map([['b', bytes('1')]]) })
          .catch(reason => reason)
        return error !== undefined
      }
      await until(isRefused)
      expect(error).to.be.instanceOf(StoreUnavailable)
      // what it would read may be out of date
      expect(await store.get('b').catch(reason => reason)).to.be.instanceOf(StoreUnavailable)
    } finally {
      await postgres.ask('alter system reset default_transaction_read_only')
      await postgres.ask('select pg_reload_conf()')
    }
  })
})
