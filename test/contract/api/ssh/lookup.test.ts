import { expect } from 'chai'
import { api, differs } from '../api.ts'
import { expectFailure } from '../reply.ts'

describe('roles for an address', () => {
  const { ssh, mount, ask } = api()
  const found = (ip: string) => ssh('lookup', { ip })
  const rolesFor = async (ip: string) => {
    const reply = await found(ip)
    const { roles } = (reply.body as { readonly data: { readonly roles: unknown } }).data
    return [reply.status, roles]
  }

  before(async () => {
    const role = { key_type: 'otp', default_user: 'u' }
    await ssh('roles/z', { ...role, cidr_list: '10.0.0.0/8,192.168.0.0/16' })
    await ssh('roles/a', { ...role, cidr_list: '10.0.0.0/24', exclude_cidr_list: '10.0.0.5/32' })
    await ssh('roles/six', { ...role, cidr_list: 'fd00::/8' })
    await ssh('roles/none', role)
    await ssh('roles/signs', {
      ...{ key_type: 'ca', allow_user_certificates: true, cidr_list: '10.0.0.0/8' },
    })
  })

  const ROLES: readonly (readonly [string, readonly string[] | null])[] = [
    ['10.0.0.5', ['a', 'z']],
    ['::ffff:10.0.0.5', ['a', 'z']],
    ['10.1.0.5', ['z']],
    ['192.168.3.4', ['z']],
    ['fd12::1', ['six']],
    ['8.8.8.8', null],
  ]
  for (const [ip, roles] of ROLES)
    it(`are ${JSON.stringify(roles)} for ${ip}`, async () =>
      expect(await rolesFor(ip)).to.deep.equal([200, roles]))

  it('come with their types, and with the roles that sign certificates of users', async () => {
    const { data } = (await found('10.0.0.5')).body as { readonly data: object }
    expect(data).to.deep.equal({
      roles: ['a', 'z'],
      ...differs(
        {
          key_info: { a: { key_type: 'otp' }, z: { key_type: 'otp' } },
          certificate_roles: ['signs'],
        },
        {},
      ),
    })
  })

  it('are not looked for without an address', async () => {
    expectFailure(await ssh('lookup', {}), 400, 'Missing ip')
    expectFailure(await ssh('lookup', { ip: '' }), 400, 'Missing ip')
    // OpenBao prints what it has in place of an address
    const shown = differs('"10.0.0"', '"<nil>"')
    expectFailure(await ssh('lookup', { ip: '10.0.0' }), 400, `Invalid IP ${shown}`)
  })

  it('end with those for every address', async () => {
    await ssh('config/zeroaddress', { roles: ['none', 'a'] })
    // OpenBao shows a role twice that is there for both reasons
    const both = differs(['a', 'z', 'none'], ['a', 'z', 'none', 'a'])
    expect(await rolesFor('10.0.0.5')).to.deep.equal([200, both])
    expect(await rolesFor('8.8.8.8')).to.deep.equal([200, ['none', 'a']])
  })

  it('need a token', async () =>
    expect((await ask('PUT', `${mount}/lookup`, { token: '' })).status).to.equal(403))
})
