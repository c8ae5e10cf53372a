import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectFailure } from '../reply.ts'

describe('auth/token/revoke-entity', () => {
  const { put, mount } = api()

  ours('wants sudo, and an entity that is disabled', async () => {
    const { body } = await put('identity/entity', { name: `leaver-${mount}` })
    const { id } = body.data
    const revoke = (token?: string) => put('auth/token/revoke-entity', { entity_id: id }, token)
    expectFailure(
      await revoke(),
      400,
      'the entity is not disabled: write disabled=true to it first',
    )
    expectFailure(
      await put('auth/token/revoke-entity', { entity_id: 'none' }),
      400,
      'entity not found from id',
    )
    await put(`identity/entity/id/${id}`, { disabled: true })
    const { unattributed, ...told } = (await revoke()).body.data
    expect(told).to.deep.equal({
      revoked: 0,
      tokens: [],
      orphans: [],
      leases_left: [],
      leases_unattributed: [],
      damaged: 0,
    })
    // the root token of the tests
    expect(unattributed.map(({ path }: { readonly path: string }) => path)).to.include(
      'auth/token/root',
    )
    await put(`sys/policies/acl/almost-${mount}`, {
      policy: 'path "auth/token/revoke-entity" { capabilities = ["update"] }',
    })
    const made = await put('auth/token/create', { policies: [`almost-${mount}`] })
    expect((await revoke(made.body.auth.client_token)).status).to.equal(403)
  })
})
