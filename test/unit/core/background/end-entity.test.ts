import { expect } from 'chai'
import { endTokensOf } from '../../../../engine/core/background/end-entity.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { condemnToken, tokenOfAccessor } from '../../../../engine/token/tokens.ts'
import { testEngine } from '../../../support/test-engine.ts'

describe('ending the tokens of an entity', () => {
  /** An engine with a machine that has logged in twice, and may do all. */
  async function withMachine() {
    const engine = await testEngine()
    const { post, get } = engine
    await post('sys/auth/approle', { type: 'approle' })
    await post('sys/policies/acl/all', {
      policy: 'path "*" { capabilities = ["update", "sudo"] }',
    })
    await post('auth/approle/role/build', { token_policies: 'all' })
    const { role_id } = (await get('auth/approle/role/build/role-id')).body.data
    const { secret_id } = (await post('auth/approle/role/build/secret-id')).body.data
    const login = async () => (await post('auth/approle/login', { role_id, secret_id })).body.auth
    const first = await login()
    return { ...engine, first, second: await login(), id: first.entity_id as string, login }
  }

  it('ends each of them with its children and leases, and no other', async () => {
    const { core, post, get, first, second, id } = await withMachine()
    await post('ssh/roles/web', {
      ...{ key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' },
    })
    const child = (await post('auth/token/create', {}, first.client_token)).body.auth
    const { lease_id } = (await post('ssh/creds/web', { ip: '10.1.2.3' }, child.client_token)).body
    const other = (await post('auth/token/create')).body.auth
    const { revoked, orphans, leasesLeft, next } = await endTokensOf(core, new Set([id]), '')
    expect(revoked.map(({ accessor }) => accessor)).to.have.members(
      [first, second, child].map(({ accessor }) => accessor),
    )
    expect([orphans, leasesLeft, next]).to.deep.equal([[], [], undefined])
    for (const { client_token } of [first, second, child])
      expect((await get('auth/token/lookup-self', client_token)).status).to.equal(403)
    expect((await get('auth/token/lookup-self', other.client_token)).status).to.equal(200)
    expect((await post('sys/leases/lookup', { lease_id })).status).to.equal(400)
  })

  it('goes on with what a crash has left', async () => {
    const { core, first, second, id } = await withMachine()
    // the first commit of a revocation is durable, the rest was not done
    await transact(core.store, async tx => {
      const token = await tokenOfAccessor(tx, first.accessor, core.now())
      await condemnToken(tx, token?.hash ?? '', core.now())
    })
    const { revoked } = await endTokensOf(core, new Set([id]), '')
    expect(revoked.map(({ accessor }) => accessor)).to.have.members([
      first.accessor,
      second.accessor,
    ])
    expect((await endTokensOf(core, new Set([id]), '')).revoked).to.deep.equal([])
  })

  it('names the orphans that it has made, and those that these have made', async () => {
    const { core, post, first, id } = await withMachine()
    const orphan = (await post('auth/token/create-orphan', {}, first.client_token)).body.auth
    const second = (await post('auth/token/create-orphan', {}, orphan.client_token)).body.auth
    const { orphans } = await endTokensOf(core, new Set([id]), '')
    expect(orphans.map(({ accessor }) => accessor)).to.have.members([
      orphan.accessor,
      second.accessor,
    ])
  })
})
