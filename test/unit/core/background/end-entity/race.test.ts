import { expect } from 'chai'
import { transact } from '../../../../../engine/storage/transact.ts'
import { tokenHashes, tokens } from '../../../../../engine/token/tokens.ts'
import { testEngine } from '../../../../support/test-engine.ts'

/** Requests of the user that are under way at any time, and how many each sends. */
const [AT_ONCE, EACH] = [8, 40]

describe('A user who goes on while everything is ended', () => {
  it('has no token afterwards, and no orphan that is not named', async () => {
    const { core, post, ask } = await testEngine()
    await post('sys/auth/approle', { type: 'approle' })
    await post('sys/policies/acl/all', {
      policy: 'path "*" { capabilities = ["update", "sudo"] }',
    })
    await post('ssh/roles/web', {
      ...{ key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' },
    })
    await post('auth/approle/role/build', { token_policies: 'all' })
    const { role_id } = (await ask('read', 'auth/approle/role/build/role-id')).body.data
    const { secret_id } = (await post('auth/approle/role/build/secret-id')).body.data
    const login = async () => (await post('auth/approle/login', { role_id, secret_id })).body.auth
    const { entity_id } = await login()

    let refused = 0
    const begun = Promise.withResolvers<void>()
    const goesOn = async () => {
      for (let at = 0; at < EACH; at++) {
        if (at === EACH / 4) begun.resolve()
        const auth = await login()
        if (!auth) refused++
        const { client_token: own = '' } = auth ?? {}
        const made = await Promise.all([
          post('auth/token/create', {}, own),
          post('auth/token/create-orphan', {}, own),
          post('ssh/creds/web', { ip: '10.1.2.3' }, own),
        ])
        refused += made.filter(({ status }) => status === 403).length
      }
    }
    const going = Array.from({ length: AT_ONCE }, goesOn)
    await begun.promise
    await post(`identity/entity/id/${entity_id}`, { disabled: true })
    const { body } = await post('auth/token/revoke-entity', { entity_id })
    await Promise.all(going)

    expect(refused).to.be.greaterThan(0)
    const left = await transact(core.store, async tx =>
      Promise.all((await tokenHashes(tx)).map(hash => tokens.get(tx, hash))),
    )
    expect(left.filter(token => token?.entity === entity_id)).to.deep.equal([])
    const orphans = left.flatMap(token =>
      token && token.createdBy === entity_id ? [token.accessor] : [],
    )
    const named = body.data.orphans.map(({ accessor }: { accessor: string }) => accessor)
    expect(named).to.have.members(orphans)
    expect((await ask('list', 'sys/leases/lookup/ssh/creds/web/')).status).to.equal(404)
  })
})
