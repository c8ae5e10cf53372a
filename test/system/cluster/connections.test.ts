import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { PostgresStore } from '../../../engine/storage/postgres.ts'
import { StoreUnavailable } from '../../../engine/storage/store.ts'
import { Secret } from '../../../shared/secret.ts'
import { Link } from '../../support/link.ts'
import { Postgres } from '../../support/postgres.ts'
import { setSynchronousStandbys } from '../../support/synchronous-standbys.ts'

const CONNECTIONS = 3
const SILENCE = 1000

describe('Connections to a database that does not answer', function () {
  this.timeout(120_000)
  let postgres: Postgres
  before(async () => {
    postgres = await Postgres.start()
  })
  after(() => postgres?.[Symbol.asyncDispose]())

  const open = (url: string) =>
    PostgresStore.open({
      url: new Secret(url),
      connections: CONNECTIONS,
      schema: 'public',
      silence: SILENCE,
    })

  const put = (store: PostgresStore, key: string) =>
    store
      .commit({ reads: new Map(), writes: new Map([[key, Buffer.from('1')]]) })
      .catch(error => error)

  const standbys = (name: string) => setSynchronousStandbys(postgres, name)

  const sessions = async () => {
    const [found] = await postgres.ask(
      "select count(*)::int as count from pg_stat_activity where application_name = 'postern'",
    )
    return Number(found?.count)
  }

  it('are not opened without end while commits wait for a standby that is away', async () => {
    const url = await postgres.database()
    await using store = await open(url)
    await put(store, 'before')
    await standbys('gone')
    let most = 0
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        Array.from({ length: 2 * CONNECTIONS }, (_, index) => put(store, `${round}/${index}`)),
      )
      for (const answer of answers) expect(answer).to.be.instanceOf(StoreUnavailable)
      most = Math.max(most, await sessions())
      await setTimeout(1100)
    }
    // one more looks at what has become of the others
    expect(most).to.be.at.most(CONNECTIONS + 1)
    // nothing was cancelled: what waits is still seen by nobody
    const [waiting] = await postgres.ask(
      "select count(*)::int as count from pg_stat_activity where wait_event = 'SyncRep'",
    )
    expect(waiting?.count).to.be.within(1, CONNECTIONS)
    expect(await postgres.ask("select from postern_entry where key < '\\xff'", url)).to.have.length(
      1,
    )
    await standbys('')
    await setTimeout(2500)
    expect(await put(store, 'after')).to.equal(undefined)
    expect(await store.get('0/0')).not.to.equal(undefined)
  })

  it('count until their backends have ended, also when the network has dropped them', async () => {
    const url = await postgres.database()
    using link = await Link.to(url)
    await using store = await open(link.through(url))
    await put(store, 'before')
    await standbys('gone')
    let most = 0
    const answers: Promise<unknown>[] = []
    for (let round = 0; round < 3 * CONNECTIONS; round++) {
      answers.push(put(store, `${round}`))
      await setTimeout(100)
      link.reset()
      most = Math.max(most, await sessions())
    }
    for (const answer of await Promise.all(answers))
      expect(answer).to.be.instanceOf(StoreUnavailable)
    expect(most).to.be.within(2, CONNECTIONS)
    await standbys('')
    for (let tries = 0; (await put(store, 'after')) !== undefined; tries++) {
      if (tries > 40) throw new Error('the places are not free again')
      await setTimeout(100)
    }
    expect(await store.get('0')).not.to.equal(undefined)
  })

  it('give no answer from a commit whose wait for the standby was cancelled, until a standby has it', async () => {
    const url = await postgres.database()
    await postgres.ask(`alter database "${url.split('/').at(-1)}" set client_min_messages = error`)
    await using store = await open(url)
    await put(store, 'before')
    await standbys('gone')
    try {
      let isAnswered = false
      const answer = put(store, 'cancelled').finally(() => {
        isAnswered = true
      })
      const cancel =
        "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'"
      while ((await postgres.ask(cancel)).length === 0) await setTimeout(20)
      await setTimeout(500)
      // it is committed, but only here
      expect(await store.get('cancelled')).not.to.equal(undefined)
      expect(isAnswered).to.equal(false)
      await standbys('')
      expect(await answer).to.equal(undefined)
    } finally {
      await standbys('')
    }
    expect(await put(store, 'after')).to.equal(undefined)
  })

  it('are asked nothing more for a while after one answer did not come', async () => {
    const url = await postgres.database()
    using link = await Link.to(url)
    await using store = await open(link.through(url))
    await put(store, 'a')
    link.cut()
    const begun = performance.now()
    expect(await put(store, 'b')).to.be.instanceOf(StoreUnavailable)
    for (let each = 0; each < 50; each++)
      expect(await put(store, 'b')).to.be.instanceOf(StoreUnavailable)
    // not one wait for each of them
    expect(performance.now() - begun).to.be.below(5 * SILENCE)
    link.mend()
    await setTimeout(2500)
    expect(await put(store, 'c')).to.equal(undefined)
  })

  it('are closed with the store, whatever is missing', async () => {
    const url = await postgres.database()
    using link = await Link.to(url)
    {
      await using store = await open(link.through(url))
      await put(store, 'a')
      link.cut()
      await put(store, 'b')
    }
  })
})
