import { expect } from 'chai'
import { SigningHost } from '../../../support/signing-host.ts'
import { testEngine } from '../../../support/test-engine.ts'

/** An engine with two enrolled hosts, one that is not, and roles that name hosts. */
async function named() {
  const made = await testEngine()
  await made.post('sys/mounts/otp', { type: 'ssh' })
  const hosts = { web: new SigningHost('web-1'), db: new SigningHost('db-1') }
  for (const host of Object.values(hosts)) {
    const { token } = (await made.post(`otp/hosts/${host.name}/enroll`)).body.data
    await made.post('otp/enroll', host.enrollment(token), '')
  }
  await made.post('otp/hosts/db-1', { groups: 'data-eu' })
  await made.post('otp/hosts/web-9', {})
  const role = { key_type: 'otp', default_user: 'ubuntu' }
  await made.post('otp/roles/web', { ...role, hosts: 'WEB-*, mail' })
  await made.post('otp/roles/data', { ...role, host_groups: 'data-*' })
  await made.post('otp/roles/ip', { ...role, cidr_list: '10.0.0.0/8' })
  await made.post('otp/config/zeroaddress', { roles: 'ip' })
  const creds = (name: string, data: object) => made.post(`otp/creds/${name}`, data)
  const verify = (body: object, host?: SigningHost) =>
    made.ask('update', 'otp/verify', body, '', {
      ...(host && { signedBy: host.sign(body, { now: made.core.now() }) }),
    })
  return { ...made, ...hosts, creds, verify }
}

describe('A role that names hosts', () => {
  it('issues passwords that the host alone redeems, wherever it is', async () => {
    const { web, db, creds, verify } = await named()
    const { data } = (await creds('web', { host: 'Web-1' })).body
    expect(data).to.include({ ip: '', host: 'web-1', username: 'ubuntu', port: 22 })
    const request = { otp: data.key, ip: '192.168.7.7', nonce: 'n' }
    for (const other of [db, undefined])
      for (let time = 0; time < 6; time++)
        expect((await verify(request, other)).body.errors).to.deep.equal([
          'OTP was issued for another host',
        ])
    const answer = (await verify(request, web)).body.data
    expect(answer).to.include({ ip: '', host: 'web-1', username: 'ubuntu', role_name: 'web' })
    expect((await verify(request, web)).body.errors).to.deep.equal(['OTP not found'])
  })

  it('is one for the groups of a host, too', async () => {
    const { db, creds, verify } = await named()
    const { data } = (await creds('data', { host: 'db-1' })).body
    expect((await verify({ otp: data.key }, db)).body.data.host).to.equal('db-1')
  })

  const REFUSED = [
    ['web', { host: 'db-1' }, 'Error validating host: host does not belong to role'],
    ['web', { host: 'nowhere' }, 'Error validating host: host does not belong to role'],
    ['data', { host: 'web-1' }, 'Error validating host: host does not belong to role'],
    ['ip', { host: 'web-1' }, 'Error validating host: host does not belong to role'],
    ['web', { host: 'web-9' }, 'Error validating host: host "web-9" is not enrolled'],
    ['web', { host: 'web-1', ip: '10.0.0.1' }, 'Give either ip or host'],
    ['web', { ip: '10.0.0.1' }, 'Error validating IP: IP does not belong to role'],
    ['web', {}, 'Missing ip'],
  ] as const
  for (const [role, data, error] of REFUSED)
    it(`refuses ${JSON.stringify(data)} of the role ${role}`, async () => {
      const { creds } = await named()
      const { status, body } = await creds(role, data)
      expect([status, body.errors[0]]).to.deep.equal([400, error])
    })

  it('refuses a host that is disabled', async () => {
    const { creds, post } = await named()
    await post('otp/hosts/web-1', { disabled: true })
    expect((await creds('web', { host: 'web-1' })).body.errors[0]).to.match(/is disabled$/)
  })

  it('is found by the host, and shows its patterns only where it has some', async () => {
    const { post, get } = await named()
    const lookup = async (host: string) => (await post('otp/lookup', { host })).body.data.roles
    expect(await lookup('WEB-1')).to.deep.equal(['web'])
    expect(await lookup('db-1')).to.deep.equal(['data'])
    expect(await lookup('nowhere')).to.equal(null)
    expect((await post('otp/lookup', { host: 'a', ip: '10.0.0.1' })).status).to.equal(400)
    expect((await get('otp/roles/web')).body.data).to.include({ hosts: 'web-*, mail' })
    expect((await get('otp/roles/ip')).body.data).not.to.have.any.keys('hosts', 'host_groups')
  })

  it('is of type otp, and has patterns of names', async () => {
    const { post } = await named()
    for (const field of ['hosts', 'host_groups'])
      for (const [data, error] of [
        [
          { key_type: 'ca', allow_user_certificates: true, [field]: 'a' },
          /is for roles of type otp/,
        ],
        [{ key_type: 'dynamic', default_user: 'u', [field]: 'a' }, /is for roles of type otp/],
        [{ key_type: 'otp', default_user: 'u', [field]: 'a/b' }, /is not a name/],
      ] as const)
        expect((await post('otp/roles/x', data)).body.errors[0]).to.match(error)
  })
})
