import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import pg from 'pg'
import type { Outcome } from '../../../engine/storage/commit-outcomes.ts'
import { PostgresStore } from '../../../engine/storage/postgres.ts'
import { Conflict, StoreUnavailable } from '../../../engine/storage/store.ts'
import { withWaitBudget } from '../../../engine/storage/wait-budget.ts'
import { Secret } from '../../../shared/secret.ts'
import { describeLong } from '../../support/describe-long.ts'
import { Link } from '../../support/link.ts'
import { Postgres } from '../../support/postgres.ts'
import { PostgresPair } from '../../support/postgres-pair.ts'
import { setSynchronousStandbys } from '../../support/synchronous-standbys.ts'

const bytes = (text: string) => Buffer.from(text)

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    error => error,
  )

/** A store reached through a link, which adds the outcomes that it has looked up to a list. */
const openThrough = (link: Link, url: string, outcomes: Outcome[]): Promise<PostgresStore> =>
  PostgresStore.open({
    url: new Secret(link.through(url)),
    connections: 4,
    schema: 'public',
    lookedUp: ({ outcome }) => outcomes.push(outcome),
  })

describe('A commit whose answer did not come', function () {
  this.timeout(60_000)
  let postgres: Postgres
  let url: string
  let link: Link
  let store: PostgresStore
  let outcomes: Outcome[]

  before(async () => {
    postgres = await Postgres.start()
  })
  after(() => postgres?.[Symbol.asyncDispose]())

  beforeEach(async () => {
    url = await postgres.database()
    link = await Link.to(url)
    outcomes = []
    store = await openThrough(link, url, outcomes)
    await put('before')
  })
  afterEach(async () => {
    await standbys('')
    await store?.[Symbol.asyncDispose]()
    link?.[Symbol.dispose]()
  })

  const put = (key: string, value = key) =>
    store.commit({ reads: new Map(), writes: new Map([[key, bytes(value)]]) })
  const versionOf = async (key: string) => (await store.get(key))?.version
  /** Deletes what has that version. */
  const take = (key: string, version: string | undefined) =>
    store.commit({ reads: new Map([[key, version]]), writes: new Map([[key, undefined]]) })

  const standbys = (name: string) => setSynchronousStandbys(postgres, name)
  /** Waits until sessions wait for a standby, or for a row, and gives their process ids. */
  const waiting = async (forWhat: 'standby' | 'row', count = 1) => {
    const events = forWhat === 'standby' ? ['SyncRep'] : ['transactionid', 'tuple']
    for (;;) {
      const found = await postgres.ask(
        `select pid from pg_stat_activity where wait_event in ('${events.join("','")}') and application_name = 'postern'`,
      )
      if (found.length >= count) return found.map(({ pid }) => pid)
      await setTimeout(20)
    }
  }
  /** Runs `work` while another session holds the row. */
  const whileHeld = async (key: string, work: () => Promise<void>) => {
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    try {
      await other.query('begin')
      await other.query('select from postern_entry where key = $1 for update', [bytes(key)])
      await work()
    } finally {
      await other.end()
    }
  }

  it('is made, and answered once a standby has it, when the connection is lost behind it', async () => {
    await standbys('gone')
    const version = await versionOf('before')
    const taken = take('before', version)
    await waiting('standby')
    link.reset()
    await setTimeout(300)
    expect(outcomes).to.deep.equal([])
    await standbys('')
    await taken
    expect(outcomes).to.deep.equal(['made'])
    expect(await errorOf(take('before', version))).to.be.instanceOf(Conflict)
  })

  it('is made, and answered once a standby has it, when its backend is terminated', async () => {
    await standbys('gone')
    const version = await versionOf('before')
    const taken = take('before', version)
    const [pid] = await waiting('standby')
    await postgres.ask(`select pg_terminate_backend(${pid})`)
    // it is visible, but another primary may not have it
    while ((await versionOf('before')) !== undefined) await setTimeout(20)
    await setTimeout(300)
    expect(outcomes).to.deep.equal([])
    await standbys('')
    await taken
    expect(outcomes).to.deep.equal(['made'])
  })

  it('is sent again if it was not made, and what still carries the first to the rows comes too late', async () => {
    const version = await versionOf('before')
    let taken: Promise<void> | undefined
    await whileHeld('before', async () => {
      taken = take('before', version)
      await waiting('row')
      link.reset()
      await waiting('row', 2)
    })
    await taken
    expect(outcomes).to.deep.equal(['not made'])
    expect(await errorOf(take('before', version))).to.be.instanceOf(Conflict)
  })

  it('overwrites nothing when it arrives after all', async () => {
    let written: Promise<void> | undefined
    await whileHeld('before', async () => {
      written = put('before', 'first')
      await waiting('row')
      link.reset()
      while (outcomes.length === 0) await setTimeout(20)
    })
    await written
    await put('before', 'second')
    while ((await postgres.ask("select from pg_stat_activity where state = 'active'")).length > 1)
      await setTimeout(20)
    expect((await store.get('before'))?.value.toString()).to.equal('second')
  })

  /** Writes a group whose answer is lost while it waits for a standby, and has the standby come. */
  async function putGroup() {
    const keys = Array.from({ length: 20 }, (_, index) => `group/${index}`)
    const written = Promise.all(keys.map(key => put(key)))
    await waiting('standby')
    link.reset()
    await setTimeout(100)
    await standbys('')
    await written
    expect(await store.list('group/')).to.have.length(20)
  }

  it('is decided as a group is, for each that was in it', async () => {
    await standbys('gone')
    await putGroup()
    expect(outcomes.every(outcome => outcome === 'made')).to.equal(true)
    expect(outcomes.length).to.be.within(1, 3)
  })

  it('is decided in a group for each alone, also those that were refused', async () => {
    const version = await versionOf('before')
    await put('before', 'changed')
    await standbys('gone')
    const late = errorOf(take('before', version))
    await putGroup()
    expect(await late).to.be.instanceOf(Conflict)
    expect(new Set(outcomes)).to.deep.equal(new Set(['made']))
    expect(await versionOf('before')).to.be.a('string')
  })

  it('survives the crash of the server', async () => {
    await standbys('gone')
    const version = await versionOf('before')
    // if the server is away for longer than a request waits, the outcome is found after that
    const taken = take('before', version).catch(error => {
      expect(error).to.be.instanceOf(StoreUnavailable)
    })
    await waiting('standby')
    await postgres.stop('SIGQUIT')
    await postgres.resume()
    // its own recovery has made it visible
    while ((await versionOf('before').catch(() => 'away')) !== undefined) await setTimeout(20)
    expect(outcomes).to.deep.equal([])
    await standbys('')
    await taken
    while (outcomes.length === 0) await setTimeout(20)
    expect(outcomes).to.deep.equal(['made'])
  })

  it('is unknown, and refused, if another program has deleted its receipt', async () => {
    await standbys('gone')
    const written = errorOf(put('before', 'first'))
    await waiting('standby')
    link.refuse()
    await standbys('')
    // the commit is seen once its session, whose connection is lost, has ended
    const session = "select from pg_stat_activity where application_name = 'postern'"
    while ((await postgres.ask(session)).length > 0) await setTimeout(20)
    await postgres.ask("delete from postern_entry where key >= '\\xff'", url)
    link.mend()
    expect(await written).to.be.instanceOf(StoreUnavailable)
    expect(outcomes).to.deep.equal(['unknown'])
  })

  it('is looked up after its request has ended, and not sent again', async () => {
    await whileHeld('before', async () => {
      const written = errorOf(withWaitBudget(() => put('before', 'first'), 100))
      await waiting('row')
      link.refuse()
      expect(await written).to.be.instanceOf(StoreUnavailable)
    })
    link.mend()
    while (outcomes.length === 0) await setTimeout(20)
    await setTimeout(300)
    const value = (await store.get('before'))?.value.toString()
    expect(value).to.equal(outcomes[0] === 'made' ? 'first' : 'before')
  })
})

describeLong('A commit in flight when the primary is lost', function () {
  this.timeout(120_000)
  let pair: PostgresPair
  let link: Link
  let store: PostgresStore
  let outcomes: Outcome[]

  beforeEach(async () => {
    pair = await PostgresPair.start()
    const url = await pair.primary.database()
    link = await Link.to(url)
    outcomes = []
    store = await openThrough(link, url, outcomes)
    await put('before')
  })
  afterEach(async () => {
    await store?.[Symbol.asyncDispose]()
    link?.[Symbol.dispose]()
    await pair?.[Symbol.asyncDispose]()
  })

  const put = (key: string) =>
    store.commit({ reads: new Map(), writes: new Map([[key, bytes(key)]]) })
  const take = async (key: string) => {
    const version = (await store.get(key))?.version
    return {
      done: store.commit({ reads: new Map([[key, version]]), writes: new Map([[key, undefined]]) }),
      version,
    }
  }
  const waitsForStandby = async () => {
    const text =
      "select from pg_stat_activity where wait_event = 'SyncRep' and application_name = 'postern'"
    while ((await pair.primary.ask(text)).length === 0) await setTimeout(20)
  }
  const failOver = async () => {
    await pair.promote()
    link.leadTo(pair.primary.url())
  }

  it('is made once more at the standby, which has never received it', async () => {
    pair.replication.cut()
    const { done, version } = await take('before')
    await waitsForStandby()
    await pair.primary.kill()
    await failOver()
    await done
    expect(outcomes).to.deep.equal(['not made'])
    expect(
      await errorOf(
        store.commit({
          reads: new Map([['before', version]]),
          writes: new Map([['before', undefined]]),
        }),
      ),
    ).to.be.instanceOf(Conflict)
  })

  it('is not answered because the old primary shows it, when a crash has made it visible there', async () => {
    pair.replication.cut()
    const { done } = await take('before')
    await waitsForStandby()
    await pair.primary.stop('SIGQUIT')
    await pair.primary.resume()
    while ((await store.get('before').catch(() => 'away')) !== undefined) await setTimeout(20)
    await setTimeout(1000)
    expect(outcomes).to.deep.equal([])
    await pair.primary.kill()
    await failOver()
    // the standby still has the row
    await done
    expect(outcomes).to.deep.equal(['not made'])
    expect(await store.get('before')).to.equal(undefined)
  })

  it('is made, if the standby has received it, and only its answer was lost', async () => {
    pair.replication.cut()
    const { done } = await take('before')
    await waitsForStandby()
    link.refuse()
    pair.replication.mend()
    while (
      (
        await pair.standby.ask(
          "select from postern_entry where key = 'before'",
          pair.standby.url('test1'),
        )
      ).length > 0
    )
      await setTimeout(20)
    await pair.primary.kill()
    await failOver()
    link.mend()
    await done
    expect(outcomes).to.deep.equal(['made'])
  })
})
