import { expect } from 'chai'
import { processorTime } from '../../../support/processor-time.ts'
import { testEngine } from '../../../support/test-engine.ts'

const blocks = (count: number): string =>
  Array.from({ length: count }, (_, at) => `10.${at >> 8}.${at & 255}.0/24`).join(',')

describe('One-time passwords', () => {
  async function withRoles(more: Readonly<Record<string, object>> = {}) {
    const made = await testEngine()
    const role = { key_type: 'otp', default_user: 'ubuntu', allowed_users: '*' }
    const roles = {
      any: { ...role, cidr_list: '0.0.0.0/0,::/0', exclude_cidr_list: '192.0.2.12/32' },
      local: { ...role, cidr_list: '0.0.0.0/0, 127.0.0.0/8, ::1/128' },
      zero: role,
      ...more,
    }
    for (const [name, body] of Object.entries(roles))
      expect((await made.post(`ssh/roles/${name}`, body)).status).to.equal(204)
    const ask = async (name: string, given: object) => {
      const { status, body } = await made.post(`ssh/creds/${name}`, given)
      return status === 200 ? body.data.ip : body.errors[0]
    }
    return { ...made, asked: ask }
  }

  for (const ip of [
    ...['127.0.0.1', '127.0.0.99', '::1', '::ffff:127.0.0.1', '0.0.0.0', '::', '169.254.1.1'],
    ...['fe80::1', 'ff02::1', '224.0.0.1', '255.255.255.255'],
  ])
    it(`are not made for ${ip}, which many hosts have`, async () => {
      const { asked, post } = await withRoles()
      const shown = ip.replace('::ffff:', '')
      expect(await asked('any', { ip })).to.equal(
        `Error validating IP: ${shown} is an address that many hosts have: a block of cidr_list must contain only such addresses`,
      )
      expect((await post('ssh/lookup', { ip })).body.data.roles ?? []).not.to.include('any')
    })

  it('are made for such an address where a block says so, or the role is for every address', async () => {
    const { asked, post } = await withRoles()
    expect(await asked('local', { ip: '127.0.0.1' })).to.equal('127.0.0.1')
    expect(await asked('local', { ip: '::ffff:127.0.0.1' })).to.equal('127.0.0.1')
    expect(await asked('local', { ip: '::1' })).to.equal('::1')
    expect(await asked('local', { ip: '169.254.1.1' })).to.match(/many hosts have/)
    expect(await asked('any', { ip: '192.0.2.12' })).to.match(/does not belong to role$/)
    await post('ssh/config/zeroaddress', { roles: 'zero' })
    expect(await asked('zero', { ip: '127.0.0.1' })).to.equal('127.0.0.1')
  })

  for (const username of [
    ...['root\n', 'root\0', 'root ', ' root', 'ro\u200bot', '\u202etoor'],
    ...['x'.repeat(256), 'ü'.repeat(128)],
  ])
    it(`are not made for the user ${JSON.stringify(username.slice(0, 20))}`, async () => {
      const { asked } = await withRoles()
      expect(await asked('any', { ip: '192.0.2.1', username })).to.match(/^username /)
    })

  it('are made for names of every language', async () => {
    const { asked } = await withRoles()
    for (const username of ['ünï', 'DOMAIN\\ann lee', 'ann@example.com', 'x'.repeat(255)])
      expect(await asked('any', { ip: '192.0.2.1', username })).to.equal('192.0.2.1')
  })

  it('are refused without repeating all that was sent', async () => {
    const { post } = await withRoles()
    const ip = 'x'.repeat(1_000_000)
    for (const path of ['ssh/creds/any', 'ssh/lookup']) {
      const { status, body } = await post(path, { ip })
      expect([status, body.errors[0].length < 400]).to.deep.equal([400, true])
    }
  })

  it('have a role with as many blocks as can be asked at every request', async () => {
    const { asked, post } = await withRoles()
    const role = { key_type: 'otp', default_user: 'ubuntu' }
    for (const field of ['cidr_list', 'exclude_cidr_list']) {
      const { status, body } = await post('ssh/roles/large', { ...role, [field]: blocks(1001) })
      expect(status).to.equal(400)
      expect(body.errors[0]).to.match(/: it has more than 1000 blocks; larger ones hold more/)
    }
    expect((await post('ssh/roles/large', { ...role, cidr_list: blocks(1000) })).status).to.equal(
      204,
    )
    expect(await asked('large', { ip: '10.3.231.7' })).to.equal('10.3.231.7')
    expect(await asked('large', { ip: '10.3.232.7' })).to.match(/does not belong to role$/)
  })

  it('are asked of a list that is compiled once', async () => {
    const { asked } = await withRoles({
      large: { key_type: 'otp', default_user: 'u', cidr_list: blocks(1000) },
    })
    await asked('large', { ip: '10.0.0.1' })
    const took = await processorTime(async () => {
      for (let at = 0; at < 100; at++) await asked('large', { ip: '11.0.0.1' })
    })
    // to read the list anew takes 20 ms and more each time
    expect(took).to.be.below(1000)
  })
})
