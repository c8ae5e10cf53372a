import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { PostgresStore } from '../../../engine/storage/postgres.ts'
import { Conflict, StoreUnavailable } from '../../../engine/storage/store.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { Secret } from '../../../shared/secret.ts'
import { Postgres } from '../../support/postgres.ts'

const open = (url: string, schema = 'public') =>
  PostgresStore.open({ url: new Secret(url), connections: 4, schema })

const bytes = (text: string) => Buffer.from(text)

/** What whoever administers the database, or only has a user in it, may set up. */
describe('PostgreSQL with a hostile or careless administrator', function () {
  this.timeout(60_000)
  let postgres: Postgres
  let url: string

  before(async () => {
    postgres = await Postgres.start()
  })
  after(async () => {
    await postgres?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    url = await postgres.database()
  })

  const database = () => decodeURIComponent(new URL(url).pathname.slice(1))
  const put = (store: PostgresStore, key: string, value: string | undefined) =>
    store.commit({
      reads: new Map(),
      writes: new Map([[key, value === undefined ? undefined : bytes(value)]]),
    })
  /** Two commits that go together. */
  const putTwo = (store: PostgresStore, value: string | undefined) =>
    Promise.allSettled(['b', 'c'].map(key => put(store, key, value)))
  const areUnavailable = (ended: readonly PromiseSettledResult<void>[]) =>
    ended.every(each => each.status === 'rejected' && each.reason instanceof StoreUnavailable)
  const text = async (store: PostgresStore, key: string) => {
    const entry = await store.get(key)
    return entry && Buffer.from(entry.value).toString()
  }
  const ask = (sql: string) => postgres.ask(sql, url)

  for (const [setting, expected] of [
    ['off', ['off']],
    ['local', ['local']],
    ['remote_write', ['remote_write']],
    ['on', []],
    ['remote_apply', []],
  ] as const)
    it(`commits durably where synchronous_commit is ${setting}, and says what it has raised`, async () => {
      await ask(`alter database "${database()}" set synchronous_commit = ${setting}`)
      const raised: string[] = []
      const reach = { url: new Secret(url), connections: 4, schema: 'public' }
      const tell = (found: string) => raised.push(found)
      await using store = await PostgresStore.open({ ...reach, raised: tell })
      await Promise.all(['a', 'b', 'c'].map(key => put(store, key, 'x')))
      expect(raised).to.deep.equal(expected)
    })

  it('reads no foreign tables that come before ours in the search path', async () => {
    await using store = await open(url)
    await put(store, 'a', 'ours')
    await ask(`create schema shadow;
      create table shadow.postern_entry (like postern_entry including all);
      create table shadow.postern_schema (like postern_schema including all);
      insert into shadow.postern_schema values (1, 1);
      alter database "${database()}" set search_path = shadow, public`)
    await using later = await open(url)
    expect(await text(later, 'a')).to.equal('ours')
    await put(later, 'b', 'ours')
    expect(await ask('select * from shadow.postern_entry')).to.deep.equal([])
  })

  it('runs no foreign function or operator in the schema of its tables', async () => {
    const fail = (args: string, gives: string) =>
      `(${args}) returns ${gives} language plpgsql as $$begin raise 'run as the engine'; end$$;`
    await (await open(url))[Symbol.asyncDispose]()
    await ask(`create function sqrt${fail('integer', 'float8')}
      create function sqrt${fail('bigint', 'float8')}
      create function to_regclass${fail('varchar', 'regclass')}
      create function length${fail('bytea', 'integer')}
      create function public."substring"${fail('bytea, bigint', 'bytea')}
      create function same${fail('oid, regclass', 'boolean')}
      create operator = (leftarg = oid, rightarg = regclass, function = same);
      create function less${fail('bigint, integer', 'boolean')}
      create function times${fail('numeric, integer', 'numeric')}
      create operator * (leftarg = numeric, rightarg = integer, function = times);
      create operator < (leftarg = bigint, rightarg = integer, function = less);
      create function sum${fail('bigint, integer', 'bigint')}
      create operator + (leftarg = bigint, rightarg = integer, function = sum);`)
    await using store = await open(url)
    for (const value of ['old', 'new']) await put(store, 'a/b', value)
    expect(await text(store, 'a/b')).to.equal('new')
    expect(await store.list('a/')).to.deep.equal(['b'])
    await put(store, 'a/b', undefined)
    for (const value of ['old', 'new', undefined])
      expect((await putTwo(store, value)).map(({ status }) => status)).to.deep.equal([
        'fulfilled',
        'fulfilled',
      ])
    expect(await store.time?.()).to.be.a('number')
  })

  it('asks which tables are meant, where they are in another schema', async () => {
    await ask('create schema other')
    await (await open(url, 'other'))[Symbol.asyncDispose]()
    const error = await open(url).catch(reason => reason)
    expect(error).to.be.instanceOf(Invalid)
    expect(error.message).to.include('set schema = "other" in [storage]')
  })

  for (const setting of [
    'lock_timeout = 1',
    'array_nulls = off',
    'standard_conforming_strings = off',
    'backslash_quote = on',
    'statement_timeout = 500',
    'bytea_output = escape',
    'client_encoding = latin1',
    'synchronous_commit = off',
    'default_transaction_isolation = serializable',
    'transform_null_equals = on',
    'row_security = off',
  ])
    it(`works the same with ${setting}`, async () => {
      await ask(`alter database "${database()}" set ${setting}`)
      await using store = await open(url)
      await put(store, 'a/ä', 'ü')
      expect(await text(store, 'a/ä')).to.equal('ü')
      expect(await store.list('a/')).to.deep.equal(['ä'])
      await put(store, 'a/ä', undefined)
      expect(await text(store, 'a/ä')).to.equal(undefined)
      const commits = Array.from({ length: 20 }, () =>
        put(store, 'same', randomBytes(9).toString('hex')),
      )
      for (const { reason } of (await Promise.allSettled(commits)) as { reason?: unknown }[])
        expect(reason === undefined || reason instanceof Conflict).to.equal(true)
    })

  for (const [event, change] of [
    ['delete', undefined],
    ['update', 'new'],
  ] as const)
    for (const [what, forge] of [
      [
        'a trigger',
        `create function keep() returns trigger language plpgsql as 'begin return null; end';
         create trigger keep before ${event} on postern_entry for each row execute function keep()`,
      ],
      ['a rule', `create rule keep as on ${event} to postern_entry do instead nothing`],
    ] as const)
      it(`acknowledges no ${event} that ${what} has undone`, async () => {
        await using store = await open(url)
        await put(store, 'a', 'old')
        await putTwo(store, 'old')
        await ask(forge)
        expect(await putTwo(store, change)).to.satisfy(areUnavailable)
        expect(await text(store, 'b')).to.equal('old')
        const error = await put(store, 'a', change).catch(reason => reason)
        expect(error).to.be.instanceOf(StoreUnavailable)
        expect(await text(store, 'a')).to.equal('old')
      })

  for (const [what, line] of [
    ['keeps the value', 'new.value := old.value;'],
    ['keeps the version', 'new.version := old.version;'],
  ] as const)
    it(`acknowledges no change of which a trigger ${what}`, async () => {
      await using store = await open(url)
      await put(store, 'a', 'old')
      await putTwo(store, 'old')
      await ask(`create function keep() returns trigger language plpgsql as 'begin ${line} return new; end';
        create trigger keep before update on postern_entry for each row execute function keep()`)
      expect(await putTwo(store, 'new')).to.satisfy(areUnavailable)
      const error = await put(store, 'a', 'new').catch(reason => reason)
      expect(error).to.be.instanceOf(StoreUnavailable)
      expect(await text(store, 'a')).to.equal('old')
    })

  it('acknowledges no new row that a trigger has changed', async () => {
    await using store = await open(url)
    await ask(`create function other() returns trigger language plpgsql as
        $$begin new.value := '\\x00'; return new; end$$;
      create trigger other before insert on postern_entry for each row execute function other()`)
    expect(await putTwo(store, 'new')).to.satisfy(areUnavailable)
    const error = await put(store, 'a', 'new').catch(reason => reason)
    expect(error).to.be.instanceOf(StoreUnavailable)
    expect(await text(store, 'a')).to.equal(undefined)
  })

  it('says that it cannot be used, where rows are hidden from its user', async () => {
    await using store = await open(url)
    await put(store, 'a', '1')
    const role = `limited_${randomBytes(4).toString('hex')}`
    await ask(`create role ${role} login;
      grant select, insert, update, delete on all tables in schema public to ${role};
      alter table postern_entry enable row level security;
      create policy hiding on postern_entry using (key <> 'a')`)
    const limited = new URL(url)
    limited.username = role
    const seen = await open(limited.href)
      .then(other => text(other, 'a'))
      .catch(reason => reason)
    expect(seen).to.be.instanceOf(Error)
  })

  it('says that it cannot be used, while a view stands in place of its table', async () => {
    await using store = await open(url)
    await put(store, 'a', '1')
    await ask(`alter table postern_entry rename to hidden;
      create view postern_entry as select * from hidden where key <> 'a'`)
    const error = await open(url).catch(reason => reason)
    expect(error).to.be.instanceOf(Invalid)
  })

  it('says that it cannot be used, where rights are missing', async () => {
    await using store = await open(url)
    await put(store, 'a', '1')
    const role = `limited_${randomBytes(4).toString('hex')}`
    await ask(
      `create role ${role} login; grant select, insert on all tables in schema public to ${role}`,
    )
    const limited = new URL(url)
    limited.username = role
    await using other = await open(limited.href)
    expect(await text(other, 'a')).to.equal('1')
    const error = await put(other, 'a', '2').catch(reason => reason)
    expect(error).to.be.instanceOf(StoreUnavailable)
    await ask(`grant update, delete on all tables in schema public to ${role}`)
    await put(other, 'a', '2')
    expect(await text(store, 'a')).to.equal('2')
  })

  for (const [what, damage] of [
    ['its primary key is gone', 'alter table postern_entry drop constraint postern_entry_pkey'],
    ['the table is gone', 'drop table postern_entry'],
  ] as const)
    it(`says so at the start when ${what}`, async () => {
      await (await open(url))[Symbol.asyncDispose]()
      await ask(damage)
      const error = await open(url).catch(reason => reason)
      expect(error).to.be.instanceOf(Invalid)
      expect(error.message).to.include('not as Postern created it')
    })

  it('is unavailable when what it says is not understood', async () => {
    await using store = await open(url)
    await ask('alter table postern_entry add column more int not null')
    const error = await put(store, 'a', '1').catch(reason => reason)
    expect(error).to.be.instanceOf(StoreUnavailable)
  })
})
