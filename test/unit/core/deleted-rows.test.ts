import { expect } from 'chai'
import { keepNames } from '../../../engine/core/keep-names.ts'
import { loadQuotas } from '../../../engine/core/load-quotas.ts'
import { findQuota } from '../../../engine/limit/quotas.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { Table } from '../../../engine/storage/table.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { mountMissing } from '../../../engine/sys/found.ts'
import { deleteRows, setRows } from '../../support/tamper.ts'
import { world } from '../../support/world.ts'

const ALL = 'path "*" { capabilities = ["create", "read", "update", "list", "sudo"] }'
const DENYING = 'path "ssh/creds/*" { capabilities = ["deny"] }'

async function here() {
  const inner = new MemoryStore()
  const engine = await world({ store: inner })
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

describe('Rows that somebody has deleted from the storage', () => {
  it('of a policy: it does not give way, until it is written or deleted', async () => {
    const { inner, tokenOf, creds, post, ask } = await here()
    const token = await tokenOf('all', 'no-ssh')
    expect(await creds(token)).to.equal(403)
    await deleteRows(inner, 'policy/acl/no-ssh')
    expect(await creds(token)).to.equal(500)
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
    expect((await post('cubbyhole/a', { b: 'c' }, token)).status).to.equal(500)
    expect((await get('cubbyhole/a')).status, 'root').to.equal(404)
  })

  it('of the names of policies: no policy that is not there means nothing', async () => {
    const { inner, tokenOf, creds } = await here()
    const token = await tokenOf('all', 'never-was')
    expect(await creds(token)).to.equal(200)
    await deleteRows(inner, 'policy/')
    expect(await creds(token)).to.equal(500)
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

  it('that an older version has written: their names are kept when the store is opened', async () => {
    const { inner, core, tokenOf, creds } = await here()
    const token = await tokenOf('all', 'older')
    await transact(core.store, async tx =>
      new Table<{ text: string }>('policy/acl/').put(tx, 'older', { text: DENYING }),
    )
    await keepNames(core)
    expect(await creds(token)).to.equal(403)
    await deleteRows(inner, 'policy/acl/older')
    expect(await creds(token)).to.equal(500)
  })
})
