import { expect } from 'chai'
import { type Issuer, issuer, NOW } from '../../support/issuer.ts'
import { testEngine } from '../../support/test-engine.ts'

const DENIED = { status: 403, body: { errors: ['permission denied'] } }

describe('Names of those who log in', () => {
  let them: Issuer
  before(async () => {
    them = await issuer()
  })
  after(() => them[Symbol.asyncDispose]())

  /** @param config of the mount, of which one from before there was a choice has case_sensitive_aliases */
  async function trusting(config: object = {}) {
    const here = await testEngine()
    await here.post('sys/auth/jwt', { type: 'jwt', config })
    await here.post('auth/jwt/config', { jwks_url: `${them.url}/keys` })
    await here.post('auth/jwt/role/web', {
      role_type: 'jwt',
      user_claim: 'sub',
      bound_audiences: 'postern',
    })
    const logIn = async (sub: string) => {
      const jwt = await them.sign({ sub, aud: 'postern', iat: NOW, exp: NOW + 300 })
      return here.post('auth/jwt/login', { role: 'web', jwt }, '')
    }
    const entityOf = async (sub: string): Promise<string> => (await logIn(sub)).body.auth.entity_id
    const tune = (data: object) => here.post('sys/auth/jwt/tune', data)
    const tuned = async () => (await here.get('sys/auth/jwt/tune')).body.data
    const accessor = here.core.mounts.at('auth/jwt')!.accessor
    return { ...here, logIn, entityOf, tune, tuned, accessor }
  }

  it('are the same in any case: who is disabled does not come back in capitals', async () => {
    const { logIn, entityOf, post, get, tuned } = await trusting()
    const entity = await entityOf('ann')
    expect(await entityOf('Ann')).to.equal(entity)
    await post(`identity/entity/id/${entity}`, { disabled: true })
    for (const name of ['ann', 'Ann', 'ANN']) expect(await logIn(name)).to.deep.equal(DENIED)
    expect((await logIn('anna')).status).to.equal(200)
    const { aliases } = (await get(`identity/entity/id/${entity}`)).body.data
    expect(aliases.map(({ name }: { name: string }) => name)).to.deep.equal(['ann'])
    expect(await tuned()).to.not.have.property('case_sensitive_aliases')
  })

  it('are so too where an operator writes them', async () => {
    const { entityOf, post, accessor } = await trusting()
    const { data } = (
      await post('identity/entity-alias', { name: 'Bob', mount_accessor: accessor })
    ).body
    expect(await entityOf('bob')).to.equal(data.canonical_id)
    const found = await post('identity/lookup/entity', {
      alias_name: 'BOB',
      alias_mount_accessor: accessor,
    })
    expect(found.body.data.id).to.equal(data.canonical_id)
    await post(`identity/entity-alias/id/${data.id}`, { name: 'Robert' })
    expect(await entityOf('ROBERT')).to.equal(data.canonical_id)
  })

  it('differ by case where that is asked for, as at mounts of older versions', async () => {
    const { entityOf, tuned } = await trusting({ case_sensitive_aliases: true })
    expect(await entityOf('Ann')).to.not.equal(await entityOf('ann'))
    expect(await tuned()).to.have.property('case_sensitive_aliases', true)
  })

  it('become the same only where none would become another’s', async () => {
    const { entityOf, tune, tuned, ask } = await trusting({ case_sensitive_aliases: true })
    const [large, small, other] = [
      await entityOf('Ann'),
      await entityOf('ann'),
      await entityOf('Bob'),
    ]
    const { status, body } = await tune({ case_sensitive_aliases: false, description: 'changed' })
    expect(status).to.equal(400)
    expect(body.errors[0]).to.match(/^aliases differ only in case: "(Ann|ann)" and "(ann|Ann)"\. /)
    expect(await tuned()).to.deep.include({ case_sensitive_aliases: true, description: '' })
    expect(await entityOf('Ann')).to.equal(large)
    await ask('delete', `identity/entity/id/${large}`)
    expect((await tune({ case_sensitive_aliases: false })).status).to.equal(204)
    expect(await entityOf('ANN')).to.equal(small)
    expect(await entityOf('bob')).to.equal(other)
    await tune({ case_sensitive_aliases: true })
    expect(await entityOf('bob')).to.not.equal(other)
    expect(await entityOf('Bob')).to.equal(other)
  })

  it('are shown as they were said first', async () => {
    const { entityOf, post, get, accessor } = await trusting()
    const { data } = (
      await post('identity/entity-alias', { name: 'Ann@Example.COM', mount_accessor: accessor })
    ).body
    expect(await entityOf('ann@example.com')).to.equal(data.canonical_id)
    const [shown, owner] = [
      await get(`identity/entity-alias/id/${data.id}`),
      await get(`identity/entity/id/${data.canonical_id}`),
    ]
    expect(shown.body.data.name).to.equal('Ann@Example.COM')
    expect(owner.body.data.aliases[0].name).to.equal('Ann@Example.COM')
    const entity = (await get(`identity/entity/id/${await entityOf('Bob')}`)).body.data
    expect(await entityOf('BOB')).to.equal(entity.id)
    expect(entity.aliases[0].name).to.equal('Bob')
    await post(`identity/entity-alias/id/${data.id}`, { name: 'ANN@Example.COM' })
    expect(await entityOf('ann@example.com')).to.equal(data.canonical_id)
  })

  it('that an operator deletes or renames are free again, in any case', async () => {
    const { entityOf, post, ask, accessor } = await trusting()
    const alias = { name: 'Cid', mount_accessor: accessor }
    const { data } = (await post('identity/entity-alias', alias)).body
    await post(`identity/entity-alias/id/${data.id}`, { name: 'Dora' })
    expect(await entityOf('cid')).to.not.equal(data.canonical_id)
    await ask('delete', `identity/entity-alias/id/${data.id}`)
    expect(await entityOf('DORA')).to.not.equal(data.canonical_id)
  })

  it('of approle are compared letter by letter, as its role ids are', async () => {
    const { post } = await trusting()
    await post('sys/auth/approle', { type: 'approle' })
    const entities = []
    for (const [role, role_id] of Object.entries({ a: 'one', b: 'ONE' })) {
      const bound = { bind_secret_id: false, token_bound_cidrs: '192.0.2.0/24' }
      await post(`auth/approle/role/${role}`, { role_id, ...bound })
      entities.push((await post('auth/approle/login', { role_id }, '')).body.auth.entity_id)
    }
    expect(entities[0]).to.not.equal(entities[1])
  })

  it('are no business of mounts by which nobody logs in', async () => {
    const { post } = await trusting()
    for (const path of ['sys/auth/token/tune', 'sys/mounts/ssh/tune'])
      expect((await post(path, { case_sensitive_aliases: false })).status, path).to.equal(400)
    const config = { case_sensitive_aliases: 'perhaps' }
    expect((await post('sys/auth/other', { type: 'jwt', config })).body.errors).to.deep.equal([
      'case_sensitive_aliases: expected true or false, got another text',
    ])
  })
})
