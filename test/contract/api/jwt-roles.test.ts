import { expect } from 'chai'
import { upgrade } from '../../../engine/core/background/upgrade.ts'
import { Table } from '../../../engine/storage/table.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { testEngine } from '../../support/test-engine.ts'

const ROLE = {
  role_type: 'jwt',
  user_claim: 'sub',
  bound_audiences: ['postern'],
  bound_claims: { project_id: '42' },
  bound_claims_type: 'glob',
  claim_mappings: { mail: 'mail' },
  token_policies: ['deploy'],
  token_ttl: 600,
}

async function mounted() {
  const here = await testEngine()
  await here.post('sys/auth/jwt', { type: 'jwt' })
  const write = (name: string, data: object) => here.post(`auth/jwt/role/${name}`, data)
  const read = async (name: string) => (await here.get(`auth/jwt/role/${name}`)).body.data
  const list = async () => (await here.ask('list', 'auth/jwt/role/')).body
  return { ...here, write, read, list }
}

/** As an older version has stored them: under names in any case. */
async function olderRoles(names: readonly string[]) {
  const here = await mounted()
  await here.write('new', ROLE)
  const mount = here.core.mounts.at('auth/jwt')!
  const table = new Table<{ readonly name: string }>('role/')
  await transact(here.core.store, async tx => {
    const own = here.core.mounts.scope(tx, mount)
    const role = (await table.take(own, 'new'))!
    for (const name of names) table.put(own, name, { ...role, name })
  })
  const warned: string[] = []
  const log = { info() {}, error() {}, warn: (_: object, text: string) => warned.push(text) }
  return { ...here, warned, upgrade: () => upgrade({ ...here.core, log }) }
}

describe('A role of jwt', () => {
  it('takes leeways as durations, and mappings as words', async () => {
    const { write, read } = await mounted()
    await write('web', {
      ...ROLE,
      ...{ expiration_leeway: '1h', not_before_leeway: '-30s', clock_skew_leeway: '5m' },
      claim_mappings: ['user_login=login', 'mail=mail'],
    })
    expect(await read('web')).to.deep.include({
      ...{ expiration_leeway: 3600, not_before_leeway: -30, clock_skew_leeway: 300 },
      claim_mappings: { user_login: 'login', mail: 'mail' },
    })
    await write('web', { clock_skew_leeway: '-1', claim_mappings: 'user_login=login' })
    expect(await read('web')).to.deep.include({
      ...{ clock_skew_leeway: -1, claim_mappings: { user_login: 'login' } },
    })
    expect((await write('web', { clock_skew_leeway: 'soon' })).status).to.equal(400)
    expect((await write('web', { claim_mappings: 'login' })).status).to.equal(400)
  })

  it('keeps what is not sent again', async () => {
    const { write, read } = await mounted()
    expect((await write('web', ROLE)).status).to.equal(204)
    const before = await read('web')
    expect(before).to.deep.include(ROLE)
    const { status } = await write('web', {
      role_type: 'jwt',
      user_claim: 'sub',
      bound_audiences: 'postern',
      token_ttl: '1h',
    })
    expect(status).to.equal(204)
    expect(await read('web')).to.deep.equal({ ...before, token_ttl: 3600 })
    await write('web', { bound_claims: {}, token_policies: '' })
    expect(await read('web')).to.deep.equal({
      ...before,
      ...{ token_ttl: 3600, bound_claims: {}, token_policies: [] },
    })
  })

  it('can lose nothing that leaves it open to all', async () => {
    const { write, read } = await mounted()
    await write('web', ROLE)
    const before = await read('web')
    const { body } = await write('web', { bound_claims: {}, bound_audiences: [] })
    expect(body.errors).to.deep.equal([
      'must have at least one bound constraint when creating/updating a role',
    ])
    expect(await read('web')).to.deep.equal(before)
  })

  it('has one name in any case', async () => {
    const { write, read, list, post, ask } = await mounted()
    await write('Web', ROLE)
    await write('WEB', { token_ttl: '1h' })
    expect((await list()).data.keys).to.deep.equal(['web'])
    expect(await read('wEb')).to.deep.include({ token_ttl: 3600, bound_claims: ROLE.bound_claims })
    expect((await post('auth/jwt/login', { role: 'WEB', jwt: '' }, '')).body.errors).to.deep.equal([
      'could not load configuration',
    ])
    await ask('delete', 'auth/jwt/role/WeB')
    expect(await read('web')).to.equal(undefined)
  })
})

describe('Roles of jwt that an older version has stored', () => {
  it('get their names in lower case when the store is opened', async () => {
    const { upgrade, warned, list, read } = await olderRoles(['Web', 'db', 'CI-Runner'])
    expect(await read('web')).to.equal(undefined)
    await upgrade()
    expect((await list()).data.keys).to.deep.equal(['ci-runner', 'db', 'web'])
    expect(await read('WEB')).to.deep.include({ bound_claims: ROLE.bound_claims })
    await upgrade()
    expect(warned).to.deep.equal([])
  })

  it('stay where two names would be one, each found by its own', async () => {
    const { upgrade, warned, list, write, read, ask } = await olderRoles(['Web', 'web', 'Db'])
    await upgrade()
    const sentence =
      'the roles "Web" and "web" differ only in case: each is found only by its exact name, until all but one are deleted'
    expect(warned).to.deep.equal([sentence])
    const { data, warnings } = await list()
    expect([data.keys, warnings]).to.deep.equal([['Web', 'db', 'web'], [sentence]])
    await write('Web', { token_ttl: 1 })
    await write('WEB', { token_ttl: 2 })
    expect([(await read('Web')).token_ttl, (await read('web')).token_ttl]).to.deep.equal([1, 2])
    await ask('delete', 'auth/jwt/role/web')
    await upgrade()
    expect((await list()).data.keys).to.deep.equal(['db', 'web'])
    expect((await read('web')).token_ttl).to.equal(1)
  })
})
