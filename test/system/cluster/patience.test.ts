import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import pg from 'pg'
import { PostgresStore } from '../../../engine/storage/postgres.ts'
import { type Store, StoreUnavailable } from '../../../engine/storage/store.ts'
import { withWaitBudget } from '../../../engine/storage/wait-budget.ts'
import { Secret } from '../../../shared/secret.ts'
import { Postgres } from '../../support/postgres.ts'

const put = (store: Store, key: string) =>
  store.commit({ reads: new Map(), writes: new Map([[key, Buffer.from(key)]]) })

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    error => error,
  )

describe('A request that a locked table holds up', function () {
  this.timeout(60_000)

  it('ends, has nothing sent afterwards, and leaves what was sent to the database', async () => {
    await using postgres = await Postgres.start()
    const url = await postgres.database()
    const settings = { url: new Secret(url), connections: 1, schema: 'public' }
    await using store = await PostgresStore.open(settings)
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    try {
      await other.query('begin; lock table postern_entry in access exclusive mode')
      const sent = errorOf(withWaitBudget(() => put(store, 'sent'), 200))
      // what comes at the same time would be sent together with it
      await pause(50)
      const waiting = errorOf(withWaitBudget(() => put(store, 'waiting'), 200))
      const reading = errorOf(withWaitBudget(() => store.get('read'), 200))
      for (const error of await Promise.all([sent, waiting, reading]))
        expect(error).to.be.instanceOf(StoreUnavailable)
      await other.query('commit')
      await put(store, 'after')
      const found = await Promise.all(['sent', 'waiting', 'after'].map(key => store.get(key)))
      expect(found.map(Boolean)).to.deep.equal([true, false, true])
    } finally {
      await other.end()
    }
  })
})
