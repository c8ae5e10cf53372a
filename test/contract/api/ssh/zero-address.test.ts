import { expect } from 'chai'
import { api } from '../api.ts'
import { expectEmpty, expectFailure, expectReply } from '../reply.ts'

describe('roles for every address', () => {
  const { ssh, get, mount, delete: remove } = api()
  const path = `${mount}/config/zeroaddress`
  const roles = async () => (await get(path)).body.data.roles

  before(async () => {
    const role = { key_type: 'otp', default_user: 'u' }
    await ssh('roles/a', { ...role, cidr_list: '10.0.0.0/8', exclude_cidr_list: '10.9.0.0/16' })
    await ssh('roles/b', role)
    await ssh('roles/going', role)
  })

  it('are not there at first', async () => expectFailure(await get(path), 404))

  const REFUSED: readonly (readonly [object, string])[] = [
    [{}, 'Missing roles'],
    [{ roles: '' }, 'Missing roles'],
    [{ roles: [] }, 'Missing roles'],
    [{ roles: 'nosuch' }, 'Role "nosuch" does not exist'],
    [{ roles: 'a,nosuch,other' }, 'Role "nosuch" does not exist'],
  ]
  for (const [body, message] of REFUSED)
    it(`are not ${JSON.stringify(body)}`, async () => {
      expectFailure(await ssh('config/zeroaddress', body), 400, message)
      expectFailure(await get(path), 404)
    })

  it('are kept as a list, from a text or a list, and replaced', async () => {
    expectEmpty(await ssh('config/zeroaddress', { roles: 'a, b' }))
    expectReply(await get(path), { data: { roles: ['a', 'b'] } })
    expectEmpty(await ssh('config/zeroaddress', { roles: ['b'] }))
    expect(await roles()).to.deep.equal(['b'])
  })

  it('make credentials for any address, excluded ones too', async () => {
    await ssh('config/zeroaddress', { roles: ['a', 'b'] })
    for (const role of ['a', 'b'])
      for (const ip of ['8.8.8.8', '10.9.1.1', 'fd00::1'])
        expect((await ssh(`creds/${role}`, { ip })).body.data.ip).to.equal(ip)
  })

  it('still want an address and a user that may be', async () => {
    await ssh('config/zeroaddress', { roles: ['a'] })
    expectFailure(await ssh('creds/a', { ip: 'x' }), 400, 'Invalid IP "x"')
    expectFailure(
      await ssh('creds/a', { ip: '8.8.8.8', username: 'root' }),
      400,
      'Username has to be either in allowed users list or has to be a default username',
    )
  })

  it('go with the role, and leave an empty list', async () => {
    await ssh('config/zeroaddress', { roles: ['going', 'b'] })
    await remove(`${mount}/roles/b`)
    expect(await roles()).to.deep.equal(['going'])
    await remove(`${mount}/roles/going`)
    expectReply(await get(path), { data: { roles: [] } })
  })

  it('are gone when deleted, and may be deleted again', async () => {
    await ssh('config/zeroaddress', { roles: ['a'] })
    expectEmpty(await remove(path))
    expectFailure(await get(path), 404)
    expectEmpty(await remove(path))
    expectFailure(
      await ssh('creds/a', { ip: '8.8.8.8' }),
      400,
      'Error validating IP: IP does not belong to role',
    )
  })
})
