import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import pg from 'pg'
import { PostgresStore } from '../../../engine/storage/postgres.ts'
import { NotSent } from '../../../engine/storage/postgres-errors.ts'
import { Conflict, type Store, StoreUnavailable } from '../../../engine/storage/store.ts'
import { withWaitBudget } from '../../../engine/storage/wait-budget.ts'
import { Secret } from '../../../shared/secret.ts'
import { describeLong } from '../../support/describe-long.ts'
import { freePort } from '../../support/free-port.ts'
import { Link } from '../../support/link.ts'
import { Postgres } from '../../support/postgres.ts'
import { PostgresPair } from '../../support/postgres-pair.ts'
import { setSynchronousStandbys } from '../../support/synchronous-standbys.ts'

/** Milliseconds within which a request must end when no server can be reached. */
const BOUND = 3000

/** Opens the database of some servers; each by the port that leads to it. */
const open = (ports: readonly number[], settings = '') =>
  PostgresStore.open({
    url: new Secret(
      `postgresql://postern@${ports.map(port => `127.0.0.1:${port}`)}/postgres${settings}`,
    ),
    connections: 4,
    schema: 'public',
  })

/** Writes a key. Two servers that are no copies of each other know different receipts, so that this may conflict, as transactions may. */
async function put(store: Store, key: string): Promise<void> {
  const batch = { reads: new Map(), writes: new Map([[key, Buffer.from('1')]]) }
  for (let tries = 0; ; tries++)
    try {
      return await withWaitBudget(() => store.commit(batch))
    } catch (error) {
      if (!(error instanceof Conflict) || tries > 5) throw error
    }
}

const has = async (server: Postgres, key: string): Promise<boolean> => {
  const words = `select from postern_entry where key = '${key}'`
  return (await server.ask(words)).length > 0
}

/** Ends with an error of the store; gives it, and the milliseconds until then. */
async function failure(work: Promise<unknown>) {
  const begun = performance.now()
  const error = await work.then(
    () => undefined,
    reason => reason,
  )
  expect(error).to.be.instanceOf(StoreUnavailable)
  return { error, took: performance.now() - begun }
}

describe('A database with several hosts', function () {
  this.timeout(60_000)
  let first: Postgres
  let second: Postgres
  before(async () => {
    ;[first, second] = await Promise.all([Postgres.start(), Postgres.start()])
    // both have the tables
    for (const { port } of [first, second]) await (await open([port]))[Symbol.asyncDispose]()
  })
  after(() => Promise.all([first, second].map(each => each?.[Symbol.asyncDispose]())))

  const readOnly = async (server: Postgres, is: boolean) => {
    await server.ask(`alter system set default_transaction_read_only = ${is ? 'on' : 'off'}`)
    await server.ask('select pg_reload_conf()')
    for (;;) {
      const [found] = await server.ask('show default_transaction_read_only')
      if (found?.default_transaction_read_only === (is ? 'on' : 'off')) return
      await setTimeout(20)
    }
  }

  it('is used at the one that can be reached', async () => {
    await using store = await open([await freePort(), second.port])
    await put(store, 'reached')
    expect(await has(second, 'reached')).to.equal(true)
  })

  it('is used at the one that takes writes, and goes on at another when it is demoted, losing nothing', async () => {
    await readOnly(first, true)
    await using store = await open([first.port, second.port], '?target_session_attrs=read-write')
    await put(store, 'one')
    expect(await has(second, 'one')).to.equal(true)
    await readOnly(first, false)
    await readOnly(second, true)
    await Promise.all(['two', 'three', 'four'].map(key => put(store, key)))
    expect(await has(first, 'two')).to.equal(true)
    // what was idle has been closed
    const [left] = await second.ask(
      "select count(*)::int as count from pg_stat_activity where application_name = 'postern'",
    )
    expect(left?.count).to.equal(0)
    await readOnly(first, true)
    expect((await failure(put(store, 'none'))).took).to.be.below(BOUND)
    await readOnly(second, false)
    await setTimeout(1100)
    await put(store, 'again')
    await readOnly(first, false)
  })

  it('goes on at the other within the same request when one is gone', async () => {
    using link = await Link.to(first.url())
    await using store = await open([link.port, second.port])
    await put(store, 'before')
    link.refuse()
    await setTimeout(50)
    await put(store, 'after')
    expect(await has(second, 'after')).to.equal(true)
    expect(await has(first, 'after')).to.equal(false)
  })

  it('ends each request in time, whatever does not answer, and says whether it was sent', async () => {
    using one = await Link.to(first.url())
    using two = await Link.to(second.url())
    await using store = await open([one.port, two.port])
    await put(store, 'before')
    for (const link of [one, two]) link.cut()
    // there is one connection, which is idle
    const sending = failure(put(store, 'cut'))
    await setTimeout(50)
    const connecting = failure(withWaitBudget(() => store.get('before')))
    for (const { took } of await Promise.all([sending, connecting])) expect(took).to.be.below(BOUND)
    expect((await sending).error).not.to.be.instanceOf(NotSent)
    expect((await connecting).error).to.be.instanceOf(NotSent)
    const unsent = await failure(withWaitBudget(() => store.get('before')))
    expect(unsent.error).to.be.instanceOf(NotSent)
    expect(unsent.took).to.be.below(BOUND)
    for (const link of [one, two]) link.mend()
    await setTimeout(1100)
    await put(store, 'mended')
  })

  it('waits for a statement that is slow, as long as the server answers', async () => {
    await using store = await open([first.port])
    await put(store, 'before')
    const other = new pg.Client({ connectionString: first.url() })
    await other.connect()
    try {
      await other.query('begin; lock table postern_entry in access exclusive mode')
      const slow = put(store, 'slow')
      await setTimeout(BOUND)
      await other.query('commit')
      await slow
    } finally {
      await other.end()
    }
  })
})

describeLong('A database whose primary was replaced, but not shut out', function () {
  this.timeout(60_000)

  it('is followed to the new one, and not back', async () => {
    await using pair = await PostgresPair.start()
    using link = await Link.to(pair.standby.url())
    await using store = await open([pair.primary.port, link.port])
    await put(store, 'before')
    const old = pair.primary
    old.pause()
    expect((await failure(put(store, 'silent'))).took).to.be.below(BOUND)
    await pair.promote()
    await setTimeout(1100)
    await put(store, 'promoted')
    expect(await has(pair.primary, 'promoted')).to.equal(true)
    old.continue()
    await setSynchronousStandbys(old, '')
    link.refuse()
    await failure(put(store, 'refused'))
    expect(await has(old, 'refused')).to.equal(false)
    link.mend()
    await setTimeout(1100)
    await put(store, 'after')
    expect(await has(pair.primary, 'after')).to.equal(true)
  })

  it('is left by who only reads, as by who writes', async () => {
    await using pair = await PostgresPair.start()
    await using store = await open([pair.primary.port, pair.standby.port])
    await pair.promote()
    await using other = await open([pair.primary.port])
    await put(other, 'after')
    expect(await store.get('after')).to.equal(undefined)
    for (let tries = 0; !(await store.get('after')); tries++) {
      if (tries > 600) throw new Error('it still reads from the former primary')
      await setTimeout(50)
    }
  })
})
