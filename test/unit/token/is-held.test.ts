import { expect } from 'chai'
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
})
