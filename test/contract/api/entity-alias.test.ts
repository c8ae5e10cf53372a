import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { api } from './api.ts'
import { expectEmpty, expectFailure, expectReply } from './reply.ts'

describe('Aliases of entities', () => {
  // before the server itself is gone
  after(async () => {
    for (const path of [one, two]) await remove(`sys/auth/${path}`)
  })
  const { put, get, delete: remove, mount } = api()
  const [one, two] = [`${mount}-one`, `${mount}-two`]
  const accessors: string[] = []
  const unique = (what: string) => `${what}-${randomBytes(4).toString('hex')}`

  before(async () => {
    for (const path of [one, two]) {
      await put(`sys/auth/${path}`, { type: 'userpass' })
      accessors.push((await get('sys/auth')).body.data[`${path}/`].accessor)
    }
  })

  async function aliased(name = unique('ann')) {
    const entity = (await put('identity/entity', { name: unique('entity') })).body.data.id
    const { body } = await put('identity/entity-alias', {
      ...{ name, mount_accessor: accessors[0], canonical_id: entity },
    })
    return { name, entity, id: body.data.id as string }
  }

  it('that are not there are 404, as are entities and groups', async () => {
    for (const path of [
      'entity-alias/id',
      'entity/id',
      'entity/name',
      'group/id',
      'group-alias/id',
    ])
      expectFailure(await get(`identity/${path}/nope`), 404)
    expectEmpty(await remove('identity/entity-alias/id/nope'))
    expectFailure(
      await put('identity/entity-alias/id/nope', { name: 'x' }),
      400,
      'invalid alias ID provided',
    )
  })

  it('are given to mounts that are there', async () => {
    const message = 'invalid mount accessor "nope"'
    const { id, name } = await aliased()
    for (const path of [`entity-alias/id/${id}`, 'entity-alias'])
      expectFailure(
        await put(`identity/${path}`, { name: 'x', mount_accessor: 'nope' }),
        400,
        message,
      )
    expect((await get(`identity/entity-alias/id/${id}`)).body.data.name).to.equal(name)
  })

  it('are given to another mount, and found there alone', async () => {
    const { id, name, entity } = await aliased()
    const path = `identity/entity-alias/id/${id}`
    expectReply(await put(path, { mount_accessor: accessors[1] }), {
      data: { id, canonical_id: entity },
    })
    expect((await get(path)).body.data).to.include({ name, mount_accessor: accessors[1] })
    for (const [method, is] of [
      [one, false],
      [two, true],
    ] as const) {
      await put(`auth/${method}/users/${name}`, { password: 'correct horse' })
      const login = await put(`auth/${method}/login/${name}`, { password: 'correct horse' }, '')
      expect(login.body.auth.entity_id === entity, method).to.equal(is)
    }
  })

  it('are not given to a mount for which the entity has one', async () => {
    const { id, entity } = await aliased()
    await put('identity/entity-alias', {
      ...{ name: unique('bob'), mount_accessor: accessors[1], canonical_id: entity },
    })
    expectFailure(
      await put(`identity/entity-alias/id/${id}`, { mount_accessor: accessors[1] }),
      400,
      "Alias cannot be updated as the entity already has an alias for the given 'mount_accessor' ",
    )
  })
})
