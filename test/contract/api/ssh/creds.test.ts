import { expect } from 'chai'
import { api, differs, ours, POSTERN } from '../api.ts'
import { expectFailure, expectReply, listed, UUID } from '../reply.ts'

const NOT_LISTED = 'Username is not present is allowed users list'
const NOT_DEFAULT =
  'Username has to be either in allowed users list or has to be a default username'
const OUTSIDE = 'Error validating IP: IP does not belong to role'

describe('one-time passwords', () => {
  const { ssh, get, put, mount, ask, delete: remove } = api()

  before(async () => {
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
    const roles = {
      otp1: { ...role, exclude_cidr_list: '10.9.0.0/16', allowed_users: 'alice, bob' },
      plain: { ...role, port: 2222 },
      anyone: { ...role, allowed_users: '*' },
      literal: { ...role, allowed_users: 'a,*' },
      nowhere: { ...role, cidr_list: '' },
      six: { ...role, cidr_list: 'fd00::/8' },
      four: { ...role, cidr_list: '0.0.0.0/0' },
      ca: { key_type: 'ca', allow_user_certificates: true, cidr_list: '10.0.0.0/8' },
      signs: {
        ...{ key_type: 'ca', allow_user_certificates: true, allowed_users: 'u' },
        ...{ default_user: 'u', cidr_list: '10.0.0.0/8' },
      },
    }
    for (const [name, body] of Object.entries(roles))
      expect((await ssh(`roles/${name}`, body)).status).to.equal(204)
  })

  it('are answered whole, with a lease', async () => {
    const answer = await ssh('creds/otp1', { ip: '10.0.0.5' })
    const { data, lease_id } = answer.body
    expect(data.key).to.match(UUID)
    expect(lease_id).to.match(new RegExp(`^${mount}/creds/otp1/[0-9A-Za-z]{24}$`))
    expectReply(answer, {
      lease_id,
      lease_duration: differs(600, 2_764_800),
      data: { key_type: 'otp', key: data.key, username: 'ubuntu', ip: '10.0.0.5', port: 22 },
    })
    expect(answer.text)
      .to.include(differs('"lease_duration":600,', '"lease_duration":2764800,'))
      .and.to.include('"port":22')
  })

  it('are never the same', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ssh('creds/otp1', { ip: '10.0.0.5' })),
    )
    expect(new Set(answers.map(({ body }) => body.data.key)).size).to.equal(20)
    expect(new Set(answers.map(({ body }) => body.lease_id)).size).to.equal(20)
  })

  const ALLOWED: readonly (readonly [string, object, object])[] = [
    ['the default user', { username: 'ubuntu' }, { username: 'ubuntu' }],
    ['an empty user as for none', { username: '' }, { username: 'ubuntu' }],
    ['a listed user', { username: 'alice' }, { username: 'alice' }],
    ['a listed user behind a blank', { username: 'bob' }, { username: 'bob' }],
    ['an IPv4 address in IPv6', { ip: '::ffff:10.0.0.5' }, { ip: '10.0.0.5' }],
    ['an IPv4 address in IPv6 digits', { ip: '::FFFF:0a00:0005' }, { ip: '10.0.0.5' }],
  ]
  for (const [who, asked, given] of ALLOWED)
    it(`are made for ${who}`, async () => {
      const { body } = await ssh('creds/otp1', { ip: '10.0.0.5', ...asked })
      expect(body.data).to.include(given)
    })

  const ELSEWHERE: readonly (readonly [string, object, object])[] = [
    ['anyone', { ip: '10.0.0.5', username: 'zed' }, { username: 'zed' }],
    ['plain', { ip: '10.0.0.5' }, { port: 2222 }],
    ['six', { ip: 'FD00:0:0::0001' }, { ip: 'fd00::1' }],
    ['four', { ip: '8.8.8.8' }, { ip: '8.8.8.8' }],
  ]
  for (const [role, asked, given] of ELSEWHERE)
    it(`of the role ${role} answer with ${JSON.stringify(given)}`, async () =>
      expect((await ssh(`creds/${role}`, asked)).body.data).to.include(given))

  const REFUSED: readonly (readonly [string, object, string])[] = [
    ['otp1', {}, 'Missing ip'],
    ['otp1', { ip: '' }, 'Missing ip'],
    ['nosuch', {}, 'Missing ip'],
    ['nosuch', { ip: 'x' }, 'Role "nosuch" not found'],
    ['ca', { ip: 'x' }, "No default username registered. Use 'username' option"],
    ['otp1', { ip: 'x', username: 'Alice' }, NOT_LISTED],
    ['otp1', { ip: '10.0.0.5', username: ' alice' }, NOT_LISTED],
    ['literal', { ip: '10.0.0.5', username: 'zed' }, NOT_LISTED],
    ['plain', { ip: 'x', username: 'root' }, NOT_DEFAULT],
    ['ca', { ip: 'x', username: 'root' }, NOT_DEFAULT],
    ['otp1', { ip: '11.0.0.1' }, OUTSIDE],
    ['otp1', { ip: '10.9.1.1' }, OUTSIDE],
    ['nowhere', { ip: '10.0.0.5' }, OUTSIDE],
    ['four', { ip: 'fd00::1' }, OUTSIDE],
    ['six', { ip: '10.0.0.5' }, OUTSIDE],
    ...[
      ...['10.0.0', '010.0.0.1', 'host.example', '10.0.0.5/32', '10.0.0.5:22', '[fd00::1]'],
      ...['fe80::1%eth0', ' 10.0.0.5', '10.0.0.256', '0x0a000005', '1:2:3', 'a"b', '10.0.0.5 '],
    ].map(ip => ['otp1', { ip }, `Invalid IP ${JSON.stringify(ip)}`] as const),
  ]
  for (const [role, body, message] of REFUSED)
    it(`of the role ${role} are refused for ${JSON.stringify(body)}`, async () =>
      expectFailure(await ssh(`creds/${role}`, body), 400, message))

  it('are not made by a role that signs, whatever its addresses', async () => {
    expectFailure(await ssh('creds/signs', { ip: '10.0.0.5' }), 400, OUTSIDE)
    await ssh('config/zeroaddress', { roles: ['signs'] })
    const answer = await ssh('creds/signs', { ip: '10.0.0.5' })
    expectFailure(answer, 500, listed('key type unknown'))
    await remove(`${mount}/config/zeroaddress`)
  })

  it('are made from text without a type, from text called a form, and from a form', async () => {
    const path = `${mount}/creds/otp1`
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const json = '{"ip":"10.0.0.5","username":"bob"}'
    const answers = [
      await ask('PUT', path, { body: json }),
      await ask('POST', path, { body: json }),
      await ask('POST', path, { body: json, headers: form }),
      await ask('POST', path, { body: 'ip=10.0.0.5&username=bob', headers: form }),
      await ask('POST', path, { body: json, headers: { 'content-type': 'text/plain' } }),
    ]
    for (const { status, body } of answers) {
      expect(status).to.equal(200)
      expect(body.data).to.include({ ip: '10.0.0.5', username: 'bob' })
    }
  })

  it('take a form field that comes twice for a list', async () =>
    expectFailure(
      await ask('POST', `${mount}/creds/otp1`, {
        body: 'ip=10.0.0.5&ip=10.0.0.6',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
      400,
      'Invalid IP "10.0.0.5,10.0.0.6"',
    ))

  it('do not read the query', async () =>
    expectFailure(await ask('PUT', `${mount}/creds/otp1?ip=10.0.0.5`), 400, 'Missing ip'))

  it('warn of fields that mean nothing, and of those that the path says', async () => {
    const { status, body } = await ssh('creds/otp1', {
      ...{ ip: '10.0.0.5', foo: 1, bar: {}, role: 'other' },
    })
    expect(status).to.equal(200)
    expect(body.warnings).to.have.members([
      'Endpoint ignored these unrecognized parameters: [bar foo]',
      "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [role]",
    ])
  })

  for (const verb of ['GET', 'DELETE'])
    it(`cannot be asked for with ${verb}`, async () =>
      expectFailure(await ask(verb, `${mount}/creds/otp1`), 405, listed('unsupported operation')))

  it('live as long as the mount says', async () => {
    await put(`sys/mounts/${mount}/tune`, { default_lease_ttl: '10m' })
    const { body } = await ssh('creds/otp1', { ip: '10.0.0.5' })
    expect(body.lease_duration).to.equal(600)
    await put(`sys/mounts/${mount}/tune`, { default_lease_ttl: '0s' })
  })

  ours('live as long as the role says, and no longer than it allows', async () => {
    const role = { key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8' }
    const lives = async (times: object) => {
      await ssh('roles/lives', { ...role, ...times })
      return (await ssh('creds/lives', { ip: '10.0.0.5' })).body.lease_duration
    }
    expect(await lives({ ttl: '5m' })).to.equal(300)
    expect(await lives({})).to.equal(600)
    expect(await lives({ max_ttl: '1m' })).to.equal(60)
    expect(await lives({ max_ttl: '1h' })).to.equal(600)
    expect(await lives({ ttl: '10000h' })).to.equal(2_764_800)
    expect((await ssh('creds/lives', { ip: '10.0.0.5' })).body.warnings).to.deep.equal([
      'TTL of "10000h" exceeded the effective max_ttl of "768h"; TTL value is capped accordingly',
    ])
  })

  it('match blocks behind a blank as Postern does', async () => {
    await ssh('roles/blank', {
      ...{ key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8, 192.168.0.0/16' },
    })
    const answer = await ssh('creds/blank', { ip: '192.168.1.1' })
    if (POSTERN) expect(answer.body.data.ip).to.equal('192.168.1.1')
    else expectFailure(answer, 400, 'Error validating IP: invalid CIDR entry " 192.168.0.0/16"')
  })

  it('need a token', async () => {
    expect((await get(`${mount}/roles/otp1`, '')).status).to.equal(403)
    expect((await ssh('creds/otp1', { ip: '10.0.0.5' }, '')).status).to.equal(403)
  })
})
