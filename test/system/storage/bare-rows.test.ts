import { expect } from 'chai'
import { expireOnce } from '../../../engine/core/background/housekeeping.ts'
import { maintain } from '../../../engine/core/background/maintain.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { keysOf, setRows } from '../../support/tamper.ts'
import { testEngine } from '../../support/test-engine.ts'

const ALL = 'path "*" { capabilities = ["create", "read", "update", "list", "sudo"] }'
const ROLE = { key_type: 'otp', default_user: 'ada', cidr_list: '10.0.0.0/8' }
const HERE = { ip: '10.1.2.3' }

async function here() {
  const inner = new MemoryStore()
  const engine = await testEngine({ store: inner })
  const { post, get, core } = engine
  await post('sys/policies/acl/all', { policy: ALL })
  await post('ssh/roles/web', ROLE)
  const mountOf = (path: string) => core.mounts.all.find(each => each.path === path)?.id ?? ''
  const tokenOf = async (): Promise<string> =>
    (await post('auth/token/create', { policies: ['all'] })).body.auth.client_token
  /** The hash of the only token made by what is done. */
  const hashOf = async (make: () => Promise<string>) => {
    const before = await keysOf(inner, 'token/id/')
    const token = await make()
    const [key = ''] = (await keysOf(inner, 'token/id/')).filter(each => !before.includes(each))
    return { token, hash: key.slice('token/id/'.length) }
  }
  const isGood = async (token: string) =>
    (await get('auth/token/lookup-self', token)).status === 200
  const insert = (...names: readonly string[]) =>
    setRows(
      inner,
      names.map(name => [name, Buffer.from('x')]),
    )
  return { ...engine, inner, mountOf, tokenOf, hashOf, isGood, insert }
}

describe('Rows that another program has added to the storage without a value', () => {
  it('end no token with another, nor with an auth method', async () => {
    const { post, ask, tokenOf, hashOf, isGood, insert, mountOf } = await here()
    const [one, other] = [await hashOf(tokenOf), await hashOf(tokenOf)]
    await post('sys/auth/userpass', { type: 'userpass' })
    await insert(
      `token/child/${one.hash}/${other.hash}`,
      `token/mount/${mountOf('auth/userpass/')}/${other.hash}`,
      `token/mount/${mountOf('auth/userpass/')}/${other.hash}/folder`,
      `token/mount/${mountOf('auth/userpass/')}/nothing`,
    )
    expect((await post('auth/token/revoke', { token: one.token })).status).to.equal(204)
    expect((await ask('delete', 'sys/auth/userpass')).status).to.equal(204)
    expect([await isGood(one.token), await isGood(other.token)]).to.deep.equal([false, true])
  })

  it('end no password with the token of another', async () => {
    const { post, tokenOf, hashOf, insert } = await here()
    const one = await hashOf(tokenOf)
    const { data, lease_id: id } = (await post('ssh/creds/web', HERE, await tokenOf())).body
    await insert(`lease/token/${one.hash}/${encodeURIComponent(id)}`)
    await post('auth/token/revoke', { token: one.token })
    expect((await post('ssh/verify', { otp: data.key }, '')).status).to.equal(200)
  })

  it('keep no lease and no token from ending', async () => {
    const { post, get, core, inner, pass, insert } = await here()
    await post('ssh/creds/web', HERE)
    const short = (await post('auth/token/create', { ttl: '1h' })).body.auth
    const folders = Array.from({ length: 2000 }, (_, n) => `lease/due/${10000 + n}/x`)
    await insert('lease/due/000000000000001.x', 'token/due/000000000000001.x', ...folders)
    pass(40 * 86_400)
    await expireOnce(core)
    expect(await keysOf(inner, 'lease/id/')).to.deep.equal([])
    expect((await get('auth/token/lookup-self', short.client_token)).status).to.equal(403)
    expect(await keysOf(inner, 'token/id/')).to.have.length(1)
  })

  it('take no secret id from a role', async () => {
    const { post, get, core, inner, mountOf, insert } = await here()
    await post('sys/auth/approle', { type: 'approle' })
    await post('auth/approle/role/web', { token_policies: ['all'] })
    const { role_id } = (await get('auth/approle/role/web/role-id')).body.data
    const { secret_id } = (await post('auth/approle/role/web/secret-id')).body.data
    const prefix = `mount/${mountOf('auth/approle/')}/`
    const [row = ''] = await keysOf(inner, `${prefix}secret-id/`)
    await insert(`${prefix}gone/${row.split('/').at(-2)}`)
    await maintain(core)
    await maintain(core)
    const login = await post('auth/approle/login', { role_id, secret_id }, '')
    expect(login.status).to.equal(200)
    expect(await keysOf(inner, `${prefix}gone/`)).to.deep.equal([])
  })

  it('make passwords no dearer, however many they are', async () => {
    const { post, inner, tokenOf, insert } = await here()
    const token = await tokenOf()
    const costs: number[] = []
    const get = inner.get.bind(inner)
    const list = inner.list.bind(inner)
    let cost = 0
    inner.get = key => {
      cost++
      return get(key)
    }
    inner.list = async (...given) => {
      const names = await list(...given)
      cost += names.length
      return names
    }
    const login = async () => {
      cost = 0
      const otp = (await post('ssh/creds/web', HERE, token)).body.data.key
      expect((await post('ssh/verify', { otp }, '')).status).to.equal(200)
      costs.push(cost)
    }
    await login()
    await login()
    const folders = new Set((await keysOf(inner)).map(name => name.replace(/[^/]*$/, '')))
    for (const folder of folders)
      if (folder !== 'seal/')
        await insert(...Array.from({ length: 100 }, (_, n) => `${folder}0${n}`))
    await login()
    expect(costs[2]).to.be.at.most(costs[1] ?? 0)
  })

  it('are no mounts, policies or quotas, and keep those that are there from nothing', async () => {
    const { post, ask, core, insert, inner } = await here()
    const [mount = ''] = await keysOf(inner, 'core/mount/')
    await insert('core/mount/x', 'policy/acl/x', 'core/quota/x')
    await core.mounts.reload()
    expect(core.mounts.lost).to.deep.equal([])
    expect((await post('ssh/creds/web', HERE)).status).to.equal(200)
    for (const path of ['sys/policies/acl', 'sys/quotas/rate-limit'])
      expect((await ask('list', path)).body.data?.keys ?? []).not.to.include('x')
    await insert(mount)
    await core.mounts.reload()
    expect(core.mounts.lost).to.have.length(1)
  })
})
