import { expect } from 'chai'
import type { Login } from '../../../engine/api/login.ts'
import { newMount } from '../../../engine/core/mounts.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { believing, PLAIN } from '../../support/believing.ts'
import { testEngine } from '../../support/test-engine.ts'

/** An engine with an auth method that accepts everybody. */
async function people() {
  let more: Partial<Login> = {}
  const here = await testEngine({ engines: [believing(() => more)] })
  const mount = newMount('auth/people/', 'believing')
  await transact(here.store, async tx => here.core.mounts.put(tx, mount))
  await here.core.mounts.reload()
  const logIn = async (name: string, said: Partial<Login> = {}) => {
    more = said
    return (await here.post(`auth/people/login/${name}`, {}, '')).body.auth
  }
  return { ...here, mount, logIn }
}

const DENIED = { status: 403, body: { errors: ['permission denied'] } }
const FORBIDDEN = {
  status: 403,
  body: { errors: ['1 error occurred:\n\t* permission denied\n\n'] },
}

describe('Logging in', () => {
  it('gives a token that acts for an entity', async () => {
    const { logIn, get, mount } = await people()
    const auth = await logIn('ann', { token: { ...PLAIN, policies: ['Web'], ttl: 60 } })
    expect(auth).to.deep.equal({
      client_token: auth.client_token,
      accessor: auth.accessor,
      policies: ['default', 'web'],
      token_policies: ['default', 'web'],
      metadata: { name: 'ann' },
      lease_duration: 60,
      renewable: true,
      entity_id: auth.entity_id,
      token_type: 'service',
      orphan: true,
      mfa_requirement: null,
      num_uses: 0,
    })
    const { data } = (await get('auth/token/lookup-self', auth.client_token)).body
    expect(data).to.include({
      display_name: 'believing-ann',
      entity_id: auth.entity_id,
      path: 'auth/people/login/ann',
      ttl: 60,
    })
    const entity = (await get(`identity/entity/id/${auth.entity_id}`)).body.data
    expect(entity.name).to.match(/^entity_[0-9a-f]{8}$/)
    expect(entity.aliases[0]).to.deep.include({
      name: 'ann',
      canonical_id: auth.entity_id,
      mount_accessor: mount.accessor,
      mount_path: 'auth/people/',
      mount_type: 'believing',
    })
  })

  it('finds the same entity again, and another for another name', async () => {
    const { logIn } = await people()
    const first = await logIn('ann')
    expect((await logIn('ann')).entity_id).to.equal(first.entity_id)
    expect((await logIn('bob')).entity_id).to.not.equal(first.entity_id)
    expect((await logIn('Ann')).entity_id).to.not.equal(first.entity_id)
  })

  it('makes one entity when many log in for the first time at once', async () => {
    const { logIn } = await people()
    const all = await Promise.all(Array.from({ length: 16 }, () => logIn('ann')))
    expect(new Set(all.map(auth => auth.entity_id)).size).to.equal(1)
  })

  it('never gives a root token', async () => {
    const { post } = await people()
    const here = await people()
    await here.logIn('ann', { token: { ...PLAIN, policies: ['Root'] } })
    expect(await here.post('auth/people/login/ann', {}, '')).to.deep.equal({
      status: 400,
      body: { errors: ['auth methods cannot create root tokens'] },
    })
    expect((await post('identity/entity', { policies: 'root' })).body.errors).to.deep.equal([
      'policies cannot contain root',
    ])
    expect((await post('identity/group', { policies: 'ROOT' })).body.errors).to.deep.equal([
      'policies cannot contain root',
    ])
  })

  it('lets a renewed token live no longer than its maximum', async () => {
    const { logIn, post, pass } = await people()
    const auth = await logIn('ann', { token: { ...PLAIN, ttl: 60, maxTtl: 100 } })
    pass(50)
    const renewed = await post('auth/token/renew-self', {}, auth.client_token)
    expect(renewed.body.auth.lease_duration).to.equal(50)
  })

  it('refuses addresses outside of the bound blocks', async () => {
    const { logIn } = await people()
    expect(await logIn('ann', { token: { ...PLAIN, boundCidrs: ['10.0.0.0/8'] } })).to.equal(
      undefined,
    )
    expect(await logIn('ann', { token: { ...PLAIN, boundCidrs: ['192.0.2.0/24'] } })).to.be.an(
      'object',
    )
  })

  it('denies everything to a disabled entity, and to one that is gone', async () => {
    const { logIn, post, get, ask } = await people()
    const { client_token: token, entity_id: id } = await logIn('ann')
    await post(`identity/entity/id/${id}`, { disabled: true })
    expect(await get('auth/token/lookup-self', token)).to.deep.equal(DENIED)
    expect(await logIn('ann')).to.equal(undefined)
    await post(`identity/entity/id/${id}`, { disabled: false })
    expect((await get('auth/token/lookup-self', token)).status).to.equal(200)
    await ask('delete', `identity/entity/id/${id}`)
    expect(await get('auth/token/lookup-self', token)).to.deep.equal(DENIED)
    expect((await logIn('ann')).entity_id).to.not.equal(id)
  })
})

describe('Groups', () => {
  it('give their policies to their members, and to those of the groups in them', async () => {
    const { logIn, post, get } = await people()
    const { entity_id: id, client_token: token } = await logIn('ann')
    expect(await get('sys/mounts', token)).to.deep.equal(FORBIDDEN)
    const inner = (await post('identity/group', { name: 'inner', member_entity_ids: id })).body
    const outer = await post('identity/group', {
      name: 'outer',
      policies: ['ops'],
      member_group_ids: [inner.data.id],
    })
    const auth = await logIn('ann')
    expect(auth.policies).to.deep.equal(['default', 'ops'])
    expect(auth.token_policies).to.deep.equal(['default'])
    expect(auth.identity_policies).to.deep.equal(['ops'])
    const entity = (await get(`identity/entity/id/${id}`)).body.data
    expect(entity.direct_group_ids).to.deep.equal([inner.data.id])
    expect(entity.inherited_group_ids).to.deep.equal([outer.body.data.id])
    await post(`identity/group/id/${inner.data.id}`, { member_entity_ids: '' })
    expect((await logIn('ann')).policies).to.deep.equal(['default'])
  })

  it('are never members of themselves', async () => {
    const { post } = await testEngine()
    const inner = (await post('identity/group', { name: 'inner' })).body.data.id
    const outer = (await post('identity/group', { name: 'outer', member_group_ids: inner })).body
    expect(
      await post(`identity/group/id/${inner}`, { member_group_ids: outer.data.id }),
    ).to.deep.equal({
      status: 400,
      body: {
        errors: [`cyclic relationship detected for member group ID "${outer.data.id}"`],
      },
    })
  })

  it('of another place are those that the auth method names', async () => {
    const { logIn, post, get, mount } = await people()
    for (const name of ['dev', 'ops']) {
      const { id } = (
        await post('identity/group', { name: `our-${name}`, type: 'external', policies: name })
      ).body.data
      await post('identity/group-alias', {
        name,
        mount_accessor: mount.accessor,
        canonical_id: id,
      })
    }
    expect((await logIn('ann', { groups: ['dev', 'other'] })).policies).to.deep.equal([
      'default',
      'dev',
    ])
    expect((await logIn('ann', { groups: ['ops'] })).policies).to.deep.equal(['default', 'ops'])
    expect((await logIn('ann')).policies).to.deep.equal(['default', 'ops'])
    expect((await logIn('ann', { groups: [] })).policies).to.deep.equal(['default'])
    const group = (await get('identity/group/name/our-dev')).body.data
    expect(group).to.deep.include({ type: 'external', member_entity_ids: [] })
    expect(group.alias.name).to.equal('dev')
  })
})

describe('identity/', () => {
  it('creates, reads, changes, lists and deletes entities', async () => {
    const { post, get, ask } = await testEngine()
    const { body } = await post('identity/entity', {
      name: 'Ann',
      metadata: ['team=web', 'note=a=b'],
      policies: 'one,Two',
    })
    const { id } = body.data
    expect(body.data).to.deep.equal({ id, name: 'Ann', aliases: null })
    expect((await post('identity/entity/name/ann', { metadata: { team: 'db' } })).status).to.equal(
      204,
    )
    expect((await get('identity/entity/name/ANN')).body.data).to.deep.equal({
      id,
      name: 'ann',
      metadata: { team: 'db' },
      policies: ['one', 'two'],
      disabled: false,
      aliases: [],
      direct_group_ids: [],
      inherited_group_ids: [],
      group_ids: [],
      merged_entity_ids: null,
      creation_time: '2026-01-01T00:00:00.000Z',
      last_update_time: '2026-01-01T00:00:00.000Z',
      namespace_id: 'root',
    })
    expect((await ask('list', 'identity/entity/id/')).body.data).to.deep.equal({
      keys: [id],
      key_info: { [id]: { name: 'ann', aliases: [] } },
    })
    expect((await post('identity/lookup/entity', { name: 'ann' })).body.data.id).to.equal(id)
    expect((await post('identity/lookup/entity', { name: 'eve' })).status).to.equal(204)
    expect((await ask('delete', 'identity/entity/name/ann')).status).to.equal(204)
    expect(await get(`identity/entity/id/${id}`)).to.deep.equal({
      status: 404,
      body: { errors: [] },
    })
    expect((await ask('list', 'identity/entity/name/')).status).to.equal(404)
  })

  it('moves an alias to another entity', async () => {
    const { logIn, post, get, mount } = await people()
    const { entity_id: old } = await logIn('ann')
    const { id } = (await post('identity/entity', { name: 'ann' })).body.data
    const alias = { name: 'ann', mount_accessor: mount.accessor, canonical_id: id }
    expect((await post('identity/entity-alias', alias)).body.data.canonical_id).to.equal(id)
    expect((await logIn('ann')).entity_id).to.equal(id)
    expect((await get(`identity/entity/id/${old}`)).body.data.aliases).to.deep.equal([])
    expect(
      (await post('identity/entity-alias', { ...alias, name: 'second' })).body.errors,
    ).to.deep.equal(['Alias already exists for requested entity and mount accessor'])
    expect(
      (await post('identity/entity-alias', { ...alias, mount_accessor: 'nope' })).body.errors,
    ).to.deep.equal(['invalid mount accessor "nope"'])
  })

  it('deletes entities many at a time', async () => {
    const { post, ask } = await testEngine()
    const ids = []
    for (const name of ['a', 'b', 'c'])
      ids.push((await post('identity/entity', { name })).body.data.id)
    await post('identity/entity/batch-delete', { entity_ids: ids.slice(0, 2) })
    expect((await ask('list', 'identity/entity/name/')).body.data.keys).to.deep.equal(['c'])
  })
})
