import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { api } from './api.ts'
import { expectEmpty, expectFailure } from './reply.ts'

describe('identity/entity/merge', () => {
  // before the server itself is gone
  after(async () => {
    for (const path of [one, two]) await remove(`sys/auth/${path}`)
  })
  const { put, get, delete: remove, mount } = api()
  const [one, two] = [`${mount}-one`, `${mount}-two`]

  before(async () => {
    for (const path of [one, two]) await put(`sys/auth/${path}`, { type: 'userpass' })
  })

  const unique = (what: string) => `${what}-${randomBytes(4).toString('hex')}`

  /** Somebody who has logged in by a method, with a policy of their own. */
  async function person(method: string, name = unique('user')) {
    await put(`auth/${method}/users/${name}`, { password: 'x' })
    const logIn = async () =>
      (await put(`auth/${method}/login/${name}`, { password: 'x' }, '')).body.auth
    const { client_token: token, entity_id: id } = await logIn()
    await put(`identity/entity/id/${id}`, { policies: [name], metadata: { [name]: 'x' } })
    const alias = (await entity(id)).aliases[0].id as string
    const policies = async (of = token) =>
      (await get('auth/token/lookup-self', of)).body.data?.identity_policies
    return { name, token, id: id as string, alias, logIn, policies }
  }

  const entity = async (id: string) => (await get(`identity/entity/id/${id}`)).body.data

  const merge = (to: string, from: unknown, more: object = {}) =>
    put('identity/entity/merge', { to_entity_id: to, from_entity_ids: from, ...more })

  async function group(members: readonly string[]) {
    const name = unique('group')
    await put('identity/group', { name, policies: [name], member_entity_ids: members })
    const read = async () => (await get(`identity/group/name/${name}`)).body.data
    return { name, id: (await read()).id as string, read }
  }

  it('makes one of two, who keeps what the other was called and was in, but not what it could do', async () => {
    const [ann, annie] = [await person(one), await person(two)]
    const others = await group([annie.id])
    expectEmpty(await merge(ann.id, [annie.id, annie.id]))

    const merged = await entity(ann.id)
    expect([merged.policies, merged.metadata]).to.deep.equal([[ann.name], { [ann.name]: 'x' }])
    expect(merged.merged_entity_ids).to.deep.equal([annie.id])
    expect(merged.direct_group_ids).to.deep.equal([others.id])
    expect((await others.read()).member_entity_ids).to.deep.equal([ann.id])
    const aliases = merged.aliases.map(
      (each: { id: string; canonical_id: string; merged_from_canonical_ids: unknown }) => [
        each.id,
        each.canonical_id,
        each.merged_from_canonical_ids,
      ],
    )
    expect(aliases).to.deep.equal([
      [ann.alias, ann.id, null],
      [annie.alias, ann.id, [annie.id]],
    ])
    expect((await get(`identity/entity-alias/id/${annie.alias}`)).body.data.canonical_id).to.equal(
      ann.id,
    )
    expectFailure(await get(`identity/entity/id/${annie.id}`), 404)
    for (const { token, policies } of [ann, annie])
      expect(await policies(token)).to.have.members([ann.name, others.name])
    expect((await annie.logIn()).entity_id).to.equal(ann.id)
  })

  it('goes on with those who were merged before', async () => {
    const [ann, annie] = [await person(one), await person(two)]
    const { body } = await put('identity/entity', { name: unique('anna') })
    const last = body.data.id as string
    await put(`identity/entity/id/${last}`, { policies: ['last'] })
    await merge(ann.id, annie.id)
    expectEmpty(await merge(last, ann.id))
    const merged = await entity(last)
    expect(merged.merged_entity_ids).to.deep.equal([annie.id, ann.id])
    expect(merged.aliases[1].merged_from_canonical_ids).to.deep.equal([annie.id, ann.id])
    for (const each of [ann, annie]) expect(await each.policies()).to.deep.equal(['last'])

    expectEmpty(await remove(`identity/entity/id/${last}`))
    for (const { token } of [ann, annie])
      expectFailure(await get('auth/token/lookup-self', token), 403, 'permission denied')
  })

  it('gives the name of who is gone to others', async () => {
    const [ann, annie] = [await person(one), await person(two)]
    const { name } = await entity(annie.id)
    await merge(ann.id, annie.id)
    const { status, body } = await put('identity/entity', { name })
    expect([status, body.data.id === annie.id]).to.deep.equal([200, false])
    // who was merged stays so
    expect(await annie.policies()).to.deep.equal([ann.name])
  })

  it('refuses what names nobody, or the same twice', async () => {
    const { id } = await person(one)
    for (const [answer, message] of [
      [await put('identity/entity/merge'), 'missing entity id to merge to'],
      [await merge(id, []), 'missing entity ids to merge from'],
      [await merge(id, 'nobody'), 'entity id to merge from is invalid'],
      [await merge('nobody', id), 'entity id to merge to is invalid'],
      [await merge(id, id), 'to_entity_id should not be present in from_entity_ids'],
    ] as const)
      expectFailure(answer, 400, message)
  })

  it('does not choose between two names for the same method', async () => {
    const [ann, bob] = [await person(one), await person(one)]
    const { status, body } = await merge(ann.id, bob.id, { force: true })
    const accessor = (await entity(ann.id)).aliases[0].mount_accessor
    const toldWhich = `mountAccessor: ${accessor}, toEntity ID: ${ann.id}, fromEntity ID: ${bob.id}, conflicting toEntity alias ID: ${ann.alias}, conflicting fromEntity alias ID: ${bob.alias}`
    expect([status, body.errors]).to.deep.equal([
      400,
      [
        `2 errors occurred:\n\t* toEntity and at least one fromEntity have aliases with the same mount accessor, repeat the merge request specifying exactly one fromEntity, clashes: \n\t* ${toldWhich}\n\n`,
      ],
    ])
    expectFailure(
      await merge(ann.id, bob.id, { conflicting_alias_ids_to_keep: ['neither'] }),
      400,
      `conflicting mount accessors in following alias IDs and neither were present in conflicting_alias_ids_to_keep: ${bob.alias}, ${ann.alias}`,
    )
    for (const each of [ann, bob]) expect(await each.policies()).to.deep.equal([each.name])
  })
})
