import { hash } from 'node:crypto'
import { expect } from 'chai'
import { maintain } from '../../../engine/core/background/maintain.ts'
import { newMount } from '../../../engine/core/mounts.ts'
import { keepIdentityNames } from '../../../engine/identity/move-names.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import type { Naming } from '../../../engine/storage/name-index.ts'
import { Table } from '../../../engine/storage/table.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { believing } from '../../support/believing.ts'
import { Keygen } from '../../support/keygen.ts'
import { keysOf, rowsOf, setRows } from '../../support/tamper.ts'
import { testEngine } from '../../support/test-engine.ts'

const DAY = 86_400

const CA = {
  ...{ key_type: 'ca', allow_user_certificates: true, allowed_users: '*' },
  ...{ allow_user_key_ids: true, ttl: '1h' },
}

const KEYED = /^(identity|mount\/[^/]*)\/(by-|certificate\/having\/)/
const OLDER =
  /^(identity\/(entity|group|alias|group-alias)-name|mount\/[^/]*\/(role-id|certificate\/by))\//

/** A store in which something of every kind has a name, with the texts that nobody may find in the names of its rows. */
async function named(keygen: Keygen) {
  const inner = new MemoryStore()
  const made = await testEngine({ store: inner, engines: [believing(() => ({}))] })
  const { post, get, core } = made
  const ok = async (path: string, data: object = {}, token?: string) => {
    const answer = await post(path, data, token)
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}`)
    return answer.body
  }
  const people = newMount('auth/people/', 'believing')
  await transact(core.store, async tx => core.mounts.put(tx, people))
  await core.mounts.reload()
  await ok('sys/auth/approle', { type: 'approle' })
  const { accessor } = people
  const logIn = async (): Promise<string> =>
    (await ok('auth/people/login/mary.smith', {}, '')).auth.entity_id
  const mary = await logIn()
  await ok(`identity/entity/id/${mary}`, { name: 'Mary' })
  await ok('identity/group', { name: 'Staff', member_entity_ids: [mary] })
  const alias = { name: 'cn=admins', mount_accessor: accessor }
  const admins = (await ok('identity/group-alias', alias)).data.canonical_id
  await ok('auth/approle/role/web', {
    token_policies: 'web',
    bind_secret_id: false,
    token_bound_cidrs: '192.0.2.0/24',
  })
  await ok('auth/approle/role/web/role-id', { role_id: 'web-role-id' })
  await ok('ssh/config/ca', { key_type: 'ed25519' })
  await ok('ssh/roles/ca', CA)
  const public_key = keygen.key('-t', 'ed25519').line
  await ok('ssh/sign/ca', { public_key, key_id: 'mary laptop', valid_principals: 'root' })
  const byWeb = async () =>
    (await post('auth/approle/login', { role_id: 'web-role-id' }, '')).status
  const found = async (data: object) => (await made.ask('list', 'ssh/certs/', data)).body.data?.keys
  const texts = [
    'mary.smith',
    'mary',
    'staff',
    'cn=admins',
    'web-role-id',
    'mary laptop',
    'root',
    'ca',
  ]

  /** As a version has left it that did not know of keyed names; or as this one leaves it, half way from there. */
  const asOlder = async (naming: Naming) => {
    const [[serial = '']] = [await found({ key_id: 'mary laptop' })]
    const [fingerprint, issuer_id] = await get(`ssh/certs/${serial}`).then(({ body }) => [
      body.data.fingerprint,
      body.data.issuer_id,
    ])
    const aliasId = (await get(`identity/entity/id/${mary}`)).body.data.aliases[0].id
    const group = (await get('identity/group/name/staff')).body.data.id
    const unnamed = (await get(`identity/group/id/${admins}`)).body.data.name
    const rows = (await keysOf(inner)).filter(key => KEYED.test(key))
    await setRows(
      inner,
      rows.map(key => [key, undefined] as const),
    )
    const mountOf = (path: string) => core.mounts.at(path)?.id
    const by = `mount/${mountOf('ssh/x')}/certificate/by`
    const web = core.mounts.at('auth/approle')
    await transact(core.store, async tx => {
      const put = (key: string, value: object) => tx.put(key, Buffer.from(JSON.stringify(value)))
      put(`identity/entity-name/${sha('mary')}`, { id: mary })
      put(`identity/alias-name/${accessor}/${sha('mary.smith')}`, { id: aliasId })
      put(`identity/group-name/${sha('staff')}`, { id: group })
      put(`identity/group-name/${sha(unnamed)}`, { id: admins })
      put(`identity/group-alias-name/${accessor}/${sha('cn=admins')}`, { id: admins })
      put(`mount/${web?.id}/role-id/${sha('web-role-id')}`, { name: 'web' })
      for (const [index, value] of [
        ...Object.entries({ key_id: 'mary laptop', principal: 'root', role: 'ca' }),
        ...Object.entries({ fingerprint, issuer: issuer_id }),
      ] as const)
        put(`${by}/${index}/${sha(value).slice(0, 32)}/${serial}`, {})
      for (const mount of core.mounts.all) {
        const { naming: _, ...older } = mount
        await core.mounts.put(tx, naming === 'older' ? older : { ...older, naming: 'moving' })
      }
      new Table('identity/').put(tx, 'names', {
        key: 'secret',
        naming,
        since: core.now().getTime(),
      })
    })
    await core.mounts.reload()
  }
  return { ...made, inner, ok, logIn, mary, accessor, admins, byWeb, found, texts, asOlder }
}

const sha = (text: string) => hash('sha256', text, 'hex')

describe('Names that are not readable in the storage', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  const guessed = async (inner: MemoryStore, texts: readonly string[]) => {
    const rows = await keysOf(inner)
    return texts.filter(text => rows.some(row => row.includes(sha(text).slice(0, 32))))
  }

  it('are confirmed by no guess, in a new store', async () => {
    const { inner, texts } = await named(keygen)
    expect(await guessed(inner, texts)).to.deep.equal([])
    expect((await keysOf(inner)).filter(key => KEYED.test(key))).to.have.length(11)
    expect((await keysOf(inner)).filter(key => OLDER.test(key))).to.deep.equal([])
  })

  it('differ in every place, and in every store', async () => {
    const all = [await named(keygen), await named(keygen)]
    await Promise.all(all.map(each => each.ok('identity/group', { name: 'Mary' })))
    const rows = (await Promise.all(all.map(each => keysOf(each.inner)))).flat()
    const hashes = rows.filter(key => KEYED.test(key)).map(row => /[0-9a-f]{32,}/.exec(row)?.[0])
    expect(new Set(hashes).size).to.equal(hashes.length)
  })

  for (const naming of ['older', 'moving'] as const)
    it(`are found as an older version has written them (${naming})`, async () => {
      const { asOlder, inner, get, post, logIn, mary, admins, accessor, byWeb, found, texts } =
        await named(keygen)
      await asOlder(naming)
      expect(await guessed(inner, texts)).to.deep.equal(texts)
      expect(await logIn()).to.equal(mary)
      expect((await get('identity/entity/name/MARY')).body.data.id).to.equal(mary)
      expect((await get('identity/group/name/staff')).status).to.equal(200)
      expect(await byWeb()).to.equal(200)
      for (const query of [{ key_id: 'mary laptop' }, { principal: 'root' }, { role: 'ca' }])
        expect(await found(query)).to.have.length(1)
      const other = (await post('identity/entity', { name: 'other' })).body.data.id
      const taken = await post(`identity/entity/id/${other}`, { name: 'mary' })
      expect(taken.body.errors).to.deep.equal(['entity name is already in use'])
      const called = { name: 'mary.smith', mount_accessor: accessor, canonical_id: other }
      await post('identity/entity-alias', called)
      expect((await get(`identity/entity/id/${other}`)).body.data.aliases).to.have.length(1)
      const alias = { name: 'cn=admins', mount_accessor: accessor }
      expect((await post('identity/group-alias', alias)).body.data.canonical_id).to.equal(admins)
      await post('auth/approle/role/db', {})
      const used = await post('auth/approle/role/db/role-id', { role_id: 'web-role-id' })
      expect(used.body.errors).to.deep.equal(['role_id already in use'])
    })

  for (const naming of ['older', 'moving'] as const)
    it(`are written once, and deleted everywhere (${naming})`, async () => {
      const { asOlder, inner, ok, ask, get, mary, admins, byWeb, found, pass, core } =
        await named(keygen)
      await asOlder(naming)
      const rows = async (prefix: RegExp) => (await keysOf(inner)).filter(key => prefix.test(key))
      const before = (await rows(OLDER)).length
      await ok(`identity/entity/id/${mary}`, { name: 'Maria' })
      await ok('auth/approle/role/web/role-id', { role_id: 'another' })
      expect((await get('identity/entity/name/mary')).status).to.equal(404)
      expect((await get('identity/entity/name/maria')).body.data.id).to.equal(mary)
      expect(await byWeb()).to.equal(400)
      const isOlder = naming === 'older'
      expect((await rows(OLDER)).length).to.equal(isOlder ? before : before - 2)
      expect(await rows(KEYED)).to.have.length(isOlder ? 0 : 2)
      await ask('delete', `identity/entity/id/${mary}`)
      await ask('delete', `identity/group/id/${admins}`)
      await ask('delete', 'identity/group/name/staff')
      await ask('delete', 'auth/approle/role/web')
      pass(400 * DAY)
      await maintain(core)
      expect(await found({ key_id: 'mary laptop' })).to.equal(undefined)
      expect([...(await rows(OLDER)), ...(await rows(KEYED))]).to.deep.equal([])
    })

  it('are moved a day after the first start of this version, and not before', async () => {
    const { asOlder, inner, core, pass, logIn, mary, byWeb, found, texts } = await named(keygen)
    await asOlder('older')
    const keyed = async () => (await keysOf(inner)).filter(key => KEYED.test(key)).length
    await maintain(core)
    pass(DAY - 1)
    await maintain(core)
    expect([await keyed(), await guessed(inner, texts)]).to.deep.equal([0, texts])
    pass(2)
    await maintain(core)
    expect([await keyed(), await guessed(inner, texts)]).to.deep.equal([11, []])
    expect((await keysOf(inner)).filter(key => OLDER.test(key))).to.deep.equal([])
    await core.mounts.reload()
    const namings = core.mounts.all.filter(({ naming }) => naming === 'keyed').map(m => m.path)
    expect(namings).to.deep.equal(['auth/approle/', 'ssh/'])
    expect([await logIn(), await byWeb()]).to.deep.equal([mary, 200])
    for (const query of [{ key_id: 'mary laptop' }, { principal: 'root' }, { role: 'ca' }])
      expect(await found(query)).to.have.length(1)
  })

  it('are found while they are moved', async () => {
    const { asOlder, inner, core, pass, logIn, mary, byWeb, texts } = await named(keygen)
    await asOlder('older')
    pass(DAY + 1)
    const both = async () => [await logIn(), await byWeb()]
    const moving = maintain(core)
    const found = await Promise.all(Array.from({ length: 40 }, both))
    await moving
    expect(new Set(found.map(each => each.join()))).to.deep.equal(new Set([`${mary},200`]))
    expect(await guessed(inner, texts)).to.deep.equal([])
    expect(await both()).to.deep.equal([mary, 200])
  })

  it('are written as older nodes find them at a mount that is made in that day, too', async () => {
    const { asOlder, inner, core, pass, ok, post } = await named(keygen)
    await asOlder('older')
    await ok('sys/auth/late', { type: 'approle' })
    await ok('auth/late/role/a', { bind_secret_id: false, token_bound_cidrs: '192.0.2.0/24' })
    await ok('auth/late/role/a/role-id', { role_id: 'late' })
    expect(await guessed(inner, ['late'])).to.deep.equal(['late'])
    await maintain(core)
    pass(DAY + 1)
    await maintain(core)
    expect(await guessed(inner, ['late'])).to.deep.equal([])
    expect((await post('auth/late/login', { role_id: 'late' }, '')).status).to.equal(200)
  })

  it('are found when the record that none are keyed is restored', async () => {
    const { asOlder, inner, core, pass, logIn, mary, byWeb, found, get } = await named(keygen)
    await asOlder('older')
    await maintain(core)
    const isSaying = (key: string) => key === 'identity/names' || key.startsWith('core/mount')
    const before = [...(await rowsOf(inner))].filter(([key]) => isSaying(key))
    pass(DAY + 1)
    await maintain(core)
    await setRows(inner, before)
    await core.mounts.reload()
    expect((await keysOf(inner)).filter(key => OLDER.test(key))).to.deep.equal([])
    expect([await logIn(), await byWeb()]).to.deep.equal([mary, 200])
    expect((await get('identity/group/name/staff')).status).to.equal(200)
    expect(await found({ key_id: 'mary laptop' })).to.have.length(1)
  })

  it('are moved when an older node has written one since, and a name without a value goes', async () => {
    const { inner, core, get, ok, accessor } = await named(keygen)
    const before = await keysOf(inner, 'identity/by-entity-name/')
    const id = (await ok('identity/entity', { name: 'late' })).data.id
    const older = `identity/entity-name/${sha('late')}`
    const keyed = await keysOf(inner, 'identity/by-entity-name/')
    // as if it stood under that name alone
    const made = keyed.filter(key => !before.includes(key))
    await setRows(
      inner,
      made.map(key => [key, undefined] as const),
    )
    await transact(core.store, async tx => tx.put(older, Buffer.from(JSON.stringify({ id }))))
    await setRows(inner, [
      [`identity/alias-name/${accessor}/${sha('x')}`, Buffer.from('x')],
      ['identity/group-name/a/b/c', Buffer.from('x')],
    ])
    await maintain(core)
    expect((await keysOf(inner)).filter(key => OLDER.test(key))).to.deep.equal([])
    expect(await keysOf(inner, 'identity/by-entity-name/')).to.deep.equal(keyed)
    expect((await get('identity/entity/name/late')).body.data.id).to.equal(id)
  })

  it('of deleted rows stay, so that no login makes a new entity', async () => {
    const { asOlder, inner, core, pass, post } = await named(keygen)
    await asOlder('older')
    const aliases = await keysOf(inner, 'identity/alias/')
    await setRows(
      inner,
      aliases.map(key => [key, undefined] as const),
    )
    await maintain(core)
    pass(DAY + 1)
    await maintain(core)
    expect((await keysOf(inner)).filter(key => OLDER.test(key))).to.have.length(1)
    const login = () => post('auth/people/login/mary.smith', {}, '')
    expect((await login()).status).to.equal(403)
  })

  it('are not found, and nothing is made in their place, when the key has been deleted', async () => {
    const { inner, core, post } = await named(keygen)
    await setRows(inner, [['identity/names', undefined]])
    const login = await post('auth/people/login/mary.smith', {}, '')
    expect(login.status).to.equal(403)
    const failed = await transact(core.store, tx => keepIdentityNames(tx, core.now())).catch(e => e)
    expect(failed.name).to.equal('Gone')
  })

  it('have no new key where some are keyed and the keyring does not know it yet', async () => {
    const store = new MemoryStore()
    await transact(store, async tx => tx.put('identity/by-group-name/x', Buffer.from('{}')))
    const failed = await transact(store, tx => keepIdentityNames(tx, new Date(0))).catch(e => e)
    expect(failed.name).to.equal('Gone')
    await transact(store, async tx => tx.delete('identity/by-group-name/x'))
    await transact(store, tx => keepIdentityNames(tx, new Date(0)))
    const kept = await transact(store, tx => new Table('identity/').get(tx, 'names'))
    expect(kept).to.deep.include({ naming: 'older', since: 0 })
  })
})
