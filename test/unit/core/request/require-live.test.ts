import { expect } from 'chai'
import { duringLongWork } from '../../../support/during-long-work.ts'
import { PARENT_TTL, shortParent } from '../../../support/short-parent.ts'

describe('A request whose handler takes long', () => {
  it('writes nothing if the parent of its token expires meanwhile', async () => {
    const { post, get, pass, token } = await shortParent()
    const write = (name: string) =>
      post(`auth/userpass/users/${name}`, { password: 'correct horse' }, token)
    expect((await write('ann')).status).to.equal(204)
    expect(
      await duringLongWork(
        () => write('bob'),
        () => pass(PARENT_TTL + 1),
      ),
    ).to.deep.equal({
      status: 403,
      body: { errors: ['permission denied'] },
    })
    expect((await get('auth/userpass/users/ann')).status).to.equal(200)
    expect((await get('auth/userpass/users/bob')).status).to.equal(404)
  })

  it('writes nothing if the entity of its token is disabled meanwhile', async () => {
    const { post, get } = await shortParent()
    const all = { password: 'correct horse', token_policies: 'all' }
    await post('auth/userpass/users/ann', all)
    const { client_token, entity_id } = (await post('auth/userpass/login/ann', all)).body.auth
    const answer = await duringLongWork(
      () => post('auth/userpass/users/bob', { password: 'correct horse' }, client_token),
      () => post(`identity/entity/id/${entity_id}`, { disabled: true }),
    )
    expect(answer.status).to.equal(403)
    expect((await get('auth/userpass/users/bob')).status).to.equal(404)
  })
})
