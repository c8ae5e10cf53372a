import { expect } from 'chai'
import { tokenMount } from '../../../engine/core/token-mount.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { isValidToken } from '../../../engine/token/authenticate.ts'
import { Secret } from '../../../shared/secret.ts'
import { PARENT_TTL, shortParent } from '../../support/short-parent.ts'

describe('A token with a parent', () => {
  it('is refused once its parent has expired, before housekeeping revokes either', async () => {
    const { get, pass, token } = await shortParent()
    pass(PARENT_TTL - 1)
    expect((await get('auth/token/lookup-self', token)).status).to.equal(200)
    pass(2)
    expect(await get('auth/token/lookup-self', token)).to.deep.equal({
      status: 403,
      body: { errors: ['permission denied'] },
    })
  })

  it('is refused once the mount of its parent is gone', async () => {
    const { core, post, token: root } = await shortParent()
    await post('auth/userpass/users/ann', { password: 'correct horse', token_policies: ['all'] })
    const logIn = await post('auth/userpass/login/ann', { password: 'correct horse' }, '')
    const parent = logIn.body.auth.client_token
    const child = (await post('auth/token/create', { ttl: '1h' }, parent)).body.auth.client_token
    const isGood = (token: string, isMounted: boolean) =>
      transact(core.store, tx =>
        isValidToken(tx, {
          token: new Secret(token),
          salt: tokenMount(core.mounts).salt,
          from: '192.0.2.1',
          now: core.now(),
          isMounted: async () => isMounted,
        }),
      )
    for (const token of [parent, child])
      expect([await isGood(token, true), await isGood(token, false)]).to.deep.equal([true, false])
    expect(await isGood(root, false)).to.equal(true)
  })
})
