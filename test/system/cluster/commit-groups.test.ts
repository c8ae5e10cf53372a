import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import pg from 'pg'
import { PostgresStore } from '../../../engine/storage/postgres.ts'
import { NameTooLong } from '../../../engine/storage/store.ts'
import { Secret } from '../../../shared/secret.ts'
import { Postgres } from '../../support/postgres.ts'

const open = (url: string) =>
  PostgresStore.open({ url: new Secret(url), connections: 8, schema: 'public' })

const bytes = (text: string) => Buffer.from(text)

describe('Commits to PostgreSQL at the same time', function () {
  this.timeout(60_000)

  it('commits what another session does not hold up, beside a row that it does', async () => {
    await using postgres = await Postgres.start()
    const url = await postgres.database()
    await using store = await open(url)
    const put = (key: string) =>
      store.commit({ reads: new Map(), writes: new Map([[key, bytes('1')]]) })
    await put('locked')
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    try {
      await other.query('begin; select from postern_entry for update')
      let isMade = false
      const held = put('locked').then(() => {
        isMade = true
      })
      await Promise.all(['a', 'b', 'c'].map(put))
      expect(isMade).to.equal(false)
      await other.query('commit')
      await held
    } finally {
      await other.end()
    }
  })

  it('makes all that can be made in one statement, beside those that have read what has changed', async () => {
    await using postgres = await Postgres.start()
    await using store = await open(await postgres.database())
    const versionOf = async (key: string) => (await store.get(key))?.version
    const write = (key: string, value: Uint8Array | undefined) =>
      store.commit({ reads: new Map(), writes: new Map([[key, value]]) })
    /** Writes, if something that is read, too, has this version. */
    const commit = (key: string, read: string, version: string | undefined, value = bytes('2')) =>
      store.commit({ reads: new Map([[read, version]]), writes: new Map([[key, value]]) })
    for (const key of ['role', 'changed', 'deleted']) await write(key, bytes('1'))
    const before = new Map<string, string | undefined>()
    for (const key of ['role', 'changed', 'deleted']) before.set(key, await versionOf(key))
    await write('role', bytes('1'))
    await write('changed', bytes('1'))
    await write('deleted', undefined)
    await write('appeared', bytes('1'))
    const role = await versionOf('role')
    const good = Array.from({ length: 40 }, (_, index) => `good/${index}`)
    const outcomes = await Promise.allSettled([
      // the first has read another version of what the others have read
      commit('late/0', 'role', before.get('role')),
      ...good.map(key => commit(key, 'role', role)),
      commit('late/1', 'changed', before.get('changed')),
      commit('late/2', 'deleted', before.get('deleted')),
      commit('late/3', 'appeared', undefined),
      commit('changed', 'changed', before.get('changed')),
      commit('deleted', 'deleted', before.get('deleted')),
      commit('appeared', 'appeared', undefined),
      commit('new', 'absent', undefined),
    ])
    const errors = outcomes.map(outcome => outcome.status === 'rejected' && outcome.reason.name)
    const [conflicts, none] = [Array(6).fill('Conflict'), Array(40).fill(false)]
    expect(errors).to.deep.equal(['Conflict', ...none, ...conflicts, false])
    const versions = await Promise.all([...good, 'new'].map(versionOf))
    expect(new Set(versions).size).to.equal(1)
    expect(await store.list('late/')).to.deep.equal([])
    expect(await versionOf('deleted')).to.equal(undefined)
  })

  it('judges each commit for itself, whatever comes at the same time', async () => {
    await using postgres = await Postgres.start()
    await using store = await open(await postgres.database())
    const commit = (key: string, version?: string) =>
      store.commit({ reads: new Map([[key, version]]), writes: new Map([[key, bytes('1')]]) })
    const keys = Array.from({ length: 50 }, (_, index) => `good/${index}`)
    const long = randomBytes(3000).toString('hex')
    const outcomes = await Promise.allSettled([
      ...keys.map(key => commit(key)),
      commit('twice'),
      commit('twice'),
      commit('gone', '00000000-0000-4000-8000-000000000000'),
      commit(long),
    ])
    const errors = outcomes.map(outcome => outcome.status === 'rejected' && outcome.reason.name)
    expect(errors.slice(0, 50).filter(Boolean)).to.deep.equal([])
    expect(errors.slice(50, 52)).to.have.members([false, 'Conflict'])
    expect(errors[52]).to.equal('Conflict')
    expect(outcomes[53]).to.have.property('reason').that.is.instanceOf(NameTooLong)
    expect(await store.list('good/')).to.have.length(50)
  })
})
