import { expect } from 'chai'
import { expireOnce } from '../../../engine/core/background/housekeeping.ts'
import { keepNames } from '../../../engine/core/background/keep-names.ts'
import { loadQuotas } from '../../../engine/core/background/load-quotas.ts'
import { restoreExpiryIndex } from '../../../engine/core/background/restore-expiry-index.ts'
import type { Core } from '../../../engine/core/core.ts'
import { entityForLogin } from '../../../engine/identity/entity-for-login.ts'
import { findQuota } from '../../../engine/limit/quotas.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { Table } from '../../../engine/storage/table.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { mountMissing } from '../../../engine/sys/seal/bootstrap.ts'
import { deleteRows, keysOf, setRows } from '../../support/tamper.ts'
import { testEngine } from '../../support/test-engine.ts'

const ALL = 'path "*" { capabilities = ["create", "read", "update", "list", "sudo"] }'
const DENYING = 'path "ssh/creds/*" { capabilities = ["deny"] }'

async function here() {
  const inner = new MemoryStore()
  const engine = await testEngine({ store: inner })
  const { post } = engine
  await post('sys/policies/acl/all', { policy: ALL })
  await post('sys/policies/acl/no-ssh', { policy: DENYING })
  const role = { key_type: 'otp', default_user: 'ada', cidr_list: '10.0.0.0/8' }
  await post('ssh/roles/web', role)
  const tokenOf = async (...policies: string[]): Promise<string> =>
    (await post('auth/token/create', { policies })).body.auth.client_token
  const creds = async (token: string) =>
    (await post('ssh/creds/web', { ip: '10.1.2.3' }, token)).status
  return { ...engine, inner, tokenOf, creds }
}

describe('Rows that another program has deleted from the storage', () => {
  it('of a policy: it does not give way, until it is written or deleted', async () => {
    const { core, inner, tokenOf, creds, post, ask } = await here()
    const token = await tokenOf('all', 'no-ssh')
    expect(await creds(token)).to.equal(403)
    await deleteRows(inner, 'policy/acl/no-ssh')
    const said: string[] = []
    core.log.error = (facts, sentence) =>
      void said.push(`${sentence}: ${(facts as { error?: Error }).error?.message}`)
    expect(await creds(token)).to.equal(403)
    expect(said).to.have.length(1)
    expect(said[0]).to.match(/^request denied: "policy\/acl\/no-ssh" was deleted/)
    expect((await ask('list', 'sys/policies/acl')).body.data.keys).to.include('no-ssh')
    await post('sys/policies/acl/no-ssh', { policy: DENYING })
    expect(await creds(token)).to.equal(403)
    await deleteRows(inner, 'policy/acl/no-ssh')
    expect((await ask('delete', 'sys/policies/acl/no-ssh')).status).to.equal(204)
    expect(await creds(token)).to.equal(200)
  })

  it('of the default policy: what is built in does not come back', async () => {
    const { inner, tokenOf, post, get } = await here()
    const token = await tokenOf('default')
    expect((await post('cubbyhole/a', { b: 'c' }, token)).status).to.equal(204)
    await post('sys/policies/acl/default', {
      policy: 'path "cubbyhole/*" { capabilities = ["deny"] }',
    })
    expect((await post('cubbyhole/a', { b: 'c' }, token)).status).to.equal(403)
    await deleteRows(inner, 'policy/acl/default')
    expect((await post('cubbyhole/a', { b: 'c' }, token)).status).to.equal(403)
    expect((await get('cubbyhole/a')).status, 'root').to.equal(404)
  })

  it('of the names of policies: no policy that is not there means nothing', async () => {
    const { inner, tokenOf, creds } = await here()
    const token = await tokenOf('all', 'never-was')
    expect(await creds(token)).to.equal(200)
    await deleteRows(inner, 'policy/')
    expect(await creds(token)).to.equal(403)
  })

  it('of mounts: nothing answers there, until they are put back', async () => {
    const { inner, core, creds } = await here()
    const rows = await deleteRows(inner, 'core/mount/')
    await core.mounts.reload()
    expect([...core.mounts.lost].sort()).to.deep.equal([
      'auth/token/',
      'cubbyhole/',
      'identity/',
      'ssh/',
      'sys/',
    ])
    const failed = await transact(core.store, tx => mountMissing(tx, core.mounts)).catch(e => e)
    expect(failed.name).to.equal('Missing')
    await setRows(inner, rows)
    await core.mounts.refresh()
    expect(core.mounts.lost).to.deep.equal([])
    expect(await creds('root')).to.equal(200)
  })

  it('of a quota: it goes on', async () => {
    const { inner, core, post } = await here()
    await post('sys/quotas/rate-limit/narrow', { path: 'ssh', rate: 2 })
    await deleteRows(inner, 'core/quota/')
    await loadQuotas(core)
    expect((await transact(core.store, tx => findQuota(tx, 'narrow')))?.rate).to.equal(2)
    const asked = { path: 'ssh/verify', address: '192.0.2.7', open: true }
    const waits = [1, 2, 3].map(() => core.limits.take(asked))
    expect(waits.map(wait => wait > 0)).to.deep.equal([false, false, true])
  })

  it('of the children of a token: they end with it, and what they were given', async () => {
    const { inner, post, get, tokenOf, core } = await here()
    const parent = await tokenOf('all')
    const childOf = async (token: string): Promise<string> =>
      (await post('auth/token/create', { policies: ['all'] }, token)).body.auth.client_token
    const child = await childOf(parent)
    const grandchild = await childOf(child)
    const { key: otp } = (await post('ssh/creds/web', { ip: '10.1.2.3' }, grandchild)).body.data
    await deleteRows(inner, 'token/child/')
    await post('auth/token/revoke', { token: parent })
    for (const token of [child, grandchild])
      expect((await get('sys/policies/acl/all', token)).status).to.equal(403)
    expect((await post('ssh/verify', { otp }, '')).body.errors).to.deep.equal(['OTP not found'])
    expect(core.mounts.lost).to.deep.equal([])
  })

  it('of the leases of a token: passwords end with it, also those whose lease is gone', async () => {
    const { inner, post, tokenOf } = await here()
    const token = await tokenOf('all')
    const otps = async () => (await post('ssh/creds/web', { ip: '10.1.2.3' }, token)).body.data.key
    const [first, second] = [await otps(), await otps()]
    await deleteRows(inner, 'lease/token/')
    await post('auth/token/revoke', { token })
    expect((await post('ssh/verify', { otp: first }, '')).status).to.equal(400)
    const good = (await post('ssh/creds/web', { ip: '10.1.2.3' })).body.data.key
    await deleteRows(inner, 'lease/id/')
    for (const otp of [second, good])
      expect((await post('ssh/verify', { otp }, '')).status).to.equal(400)
  })

  it('of the order of leases: they end all the same, and the log says so', async () => {
    const { inner, core, post, pass } = await here()
    const said: string[] = []
    const telling: Core = {
      ...core,
      log: { ...core.log, error: (_, message) => void said.push(message) },
    }
    await post('ssh/creds/web', { ip: '10.1.2.3' })
    await deleteRows(inner, 'lease/due/')
    await restoreExpiryIndex(telling)
    expect(said.splice(0)).to.have.length(1)
    pass(40 * 86_400)
    await expireOnce(telling)
    expect(await keysOf(inner, 'lease/')).to.deep.equal([])
    await post('ssh/creds/web', { ip: '10.1.2.3' })
    await deleteRows(inner, 'lease/id/')
    pass(40 * 86_400)
    await expireOnce(telling)
    expect(said.splice(0)[0]).to.match(/^a lease that is due was deleted/)
  })

  it('of the tokens of an auth method: they end with it', async () => {
    const { inner, post, get, ask } = await here()
    await post('sys/auth/userpass', { type: 'userpass' })
    await post('auth/userpass/users/ada', { password: 'correct', token_policies: ['all'] })
    const login = await post('auth/userpass/login/ada', { password: 'correct' }, '')
    const token = login.body.auth.client_token
    expect((await get('sys/policies/acl/all', token)).status).to.equal(200)
    await deleteRows(inner, 'token/mount/')
    await ask('delete', 'sys/auth/userpass')
    expect((await get('sys/policies/acl/all', token)).status).to.equal(403)
  })

  for (const rows of ['identity/', 'identity/alias', 'identity/by-alias-name/', 'identity/entity/'])
    it(`of a disabled entity (${rows}): it does not log in as a new entity`, async () => {
      const { inner, post } = await here()
      await post('sys/auth/userpass', { type: 'userpass' })
      await post('auth/userpass/users/ada', { password: 'correct', token_policies: ['all'] })
      const logIn = () => post('auth/userpass/login/ada', { password: 'correct' }, '')
      const { entity_id: id } = (await logIn()).body.auth
      await post(`identity/entity/id/${id}`, { disabled: true })
      expect((await logIn()).status).to.equal(403)
      await deleteRows(inner, rows)
      expect((await logIn()).status).to.equal(403)
    })

  it('of how names are compared: a disabled entity cannot log in in capitals', async () => {
    const { inner, core, post } = await here()
    await post('sys/auth/userpass', { type: 'userpass' })
    const { accessor: mount = '' } =
      core.mounts.all.find(({ path }) => path === 'auth/userpass/') ?? {}
    const logIn = (name: string) =>
      transact(core.store, tx =>
        entityForLogin(tx, { alias: { name }, groups: undefined }, { mount, now: core.now() }),
      ).catch(error => error)
    const { entity } = await logIn('ada')
    await post(`identity/entity/id/${entity.id}`, { disabled: true })
    expect((await logIn('ADA')).message).to.equal('permission denied')
    await deleteRows(inner, 'identity/alias-case/')
    expect((await logIn('ADA')).name).to.equal('Missing')
  })

  for (const rows of ['group/', 'by-group-alias-name/', 'group', 'by-group'])
    it(`of an external group (${rows}): whoever logs in does not leave it`, async () => {
      const { inner, core, post } = await here()
      await post('sys/auth/userpass', { type: 'userpass' })
      const { accessor: mount = '' } =
        core.mounts.all.find(({ path }) => path === 'auth/userpass/') ?? {}
      const logIn = (...groups: readonly string[]) =>
        transact(core.store, tx =>
          entityForLogin(tx, { alias: { name: 'ada' }, groups }, { mount, now: core.now() }),
        ).catch(error => error)
      const alias = { name: 'staff', mount_accessor: mount }
      const { canonical_id: id } = (await post('identity/group-alias', alias)).body.data
      await post(`identity/group/id/${id}`, { policies: ['no-ssh'], type: 'external' })
      expect((await logIn('others')).policies).to.deep.equal([])
      await deleteRows(inner, `identity/${rows}`)
      expect((await logIn('others')).policies).to.deep.equal([])
      expect((await logIn('others', 'staff')).name).to.equal('Missing')
    })

  for (const rows of ['member', 'group'])
    it(`of a ${rows}: its policies that deny do not give way`, async () => {
      const { inner, post, creds } = await here()
      await post('sys/auth/userpass', { type: 'userpass' })
      await post('auth/userpass/users/ada', { password: 'correct', token_policies: ['all'] })
      const login = (await post('auth/userpass/login/ada', { password: 'correct' }, '')).body.auth
      expect(await creds(login.client_token)).to.equal(200)
      const members = { member_entity_ids: [login.entity_id] }
      const made = await post('identity/group', { name: 'inner', ...members })
      const inside = { member_group_ids: [made.body.data.id], policies: ['no-ssh'] }
      await post('identity/group', { name: 'outer', ...inside })
      expect(await creds(login.client_token)).to.equal(403)
      await deleteRows(inner, `identity/${rows}/`)
      expect(await creds(login.client_token)).to.equal(403)
    })

  it('that an older version has written: their names are kept when the store is opened', async () => {
    const { inner, core, tokenOf, creds } = await here()
    const token = await tokenOf('all', 'older')
    await transact(core.store, async tx =>
      new Table<{ text: string }>('policy/acl/').put(tx, 'older', { text: DENYING }),
    )
    await keepNames(core)
    expect(await creds(token)).to.equal(403)
    await deleteRows(inner, 'policy/acl/older')
    expect(await creds(token)).to.equal(403)
  })
})
