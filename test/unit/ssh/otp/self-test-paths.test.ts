import { expect } from 'chai'
import { Secret } from '../../../../shared/secret.ts'
import { auditFile } from '../../../support/audit-file.ts'
import { isSignedReply, NONCE } from '../../../support/signed-reply.ts'
import { verifyingEngine } from '../../../support/verifying-engine.ts'

const PATH = 'hosts/web-1/self-test'

describe('The password of the test of a host', () => {
  it('is issued to the host itself alone, in any case of its name', async () => {
    const { send, hosts } = await verifyingEngine()
    const request = { username: 'alice' }
    const { status, body, event } = await send('hosts/WEB-1/self-test', request, hosts[0])
    expect([status, body.data.username, body.data.ttl]).to.deep.equal([200, 'alice', 120])
    expect(event).to.deep.equal({ name: 'test_issued', reason: 'self-test' })
    for (const by of [undefined, hosts[1]]) {
      const { status, body } = await send(PATH, request, by)
      expect([status, body.errors]).to.deep.equal([
        400,
        ['only the host itself may request a password for its test'],
      ])
    }
  })

  it('is issued for a user and a role that can be printed', async () => {
    const { send, hosts } = await verifyingEngine()
    for (const [request, reason] of [
      [{}, 'Missing username'],
      [{ username: '' }, 'Missing username'],
      [{ username: 'a\n' }, 'username "a\\n" cannot be printed'],
      [{ username: 'a', role: ' b' }, 'username " b" cannot be printed'],
    ] as const) {
      const { status, body } = await send(PATH, request, hosts[0])
      expect([status, body.errors]).to.deep.equal([400, [reason]])
    }
  })

  it('is in the audit log as a hash, beside user and role', async () => {
    using log = auditFile()
    const { send, hosts, core } = await verifyingEngine({ devices: [log.device] })
    const asked = { username: 'alice', role: 'trial' }
    const { body } = await send(PATH, asked, hosts[0])
    await core.audit.close()
    const of = log.entries().filter(({ request }) => request?.path === `ssh/${PATH}`)
    const [request, response] = of
    expect(request.request.data).to.deep.equal(asked)
    expect(response.response.data).to.include({ username: 'alice', ttl: 120 })
    expect(response.reason).to.equal('self-test')
    expect(JSON.stringify(of)).not.to.include(body.data.key)
  })
})

/** A host with the password of its test. */
async function tested(role?: string) {
  const made = await verifyingEngine()
  const [host] = made.hosts
  const issue = async () =>
    (await made.send(PATH, { username: 'alice', role }, host)).body.data.key as string
  const otp = await issue()
  const verify = (more: object = {}, by = host) =>
    made.verify({ otp, nonce: NONCE, self_test: true, ...more }, by)
  const refused = async (more: object, reason: string, by = host) => {
    const { status, event } = await verify(more, by)
    expect([status, event]).to.deep.equal([400, { name: 'otp_refused', reason }])
  }
  return { ...made, issue, otp, verify, refused }
}

describe('The test of a host', () => {
  it('is answered as a login of this host, signed', async () => {
    const { verify, get, otp } = await tested('trial')
    const { status, body, event } = await verify()
    expect(status).to.equal(200)
    expect(event).to.deep.equal({ name: 'test_verified', reason: 'self-test' })
    const { key_id: _, time: __, signature: ___, ...login } = body.data
    const shown = { ip: '', username: 'alice', role_name: 'trial', host: 'web-1', nonce: NONCE }
    expect(login).to.deep.equal(shown)
    const asked = { requestId: body.request_id, keys: (await get('ssh/verify/keys')).body.data }
    const said = { username: 'alice', host: 'web-1', role: 'trial', mount: 'ssh' }
    const signed = { otp: new Secret(otp), decision: 'allowed', ...said } as const
    expect(isSignedReply(body.data, asked, signed)).to.equal(true)
  })

  it('is refused as a login is, and keeps the password', async () => {
    const { hosts, verify, refused } = await tested()
    await refused({ otp: 'nope' }, 'not found')
    await refused({}, 'not found', hosts[1])
    await refused({ username: 'root' }, 'other username')
    await refused({ roles: 'web' }, 'other role')
    const login = { username: 'alice', ip: '10.0.0.9', roles: 'self-test' }
    expect((await verify(login)).status).to.equal(200)
  })

  it('uses the password up', async () => {
    const { verify, refused } = await tested()
    await verify()
    await refused({}, 'not found')
  })

  it('takes the last password alone', async () => {
    const { issue, verify, refused } = await tested()
    const otp = await issue()
    await refused({}, 'not found')
    expect((await verify({ otp })).status).to.equal(200)
  })

  it('takes the password for less than two minutes', async () => {
    const { issue, verify, refused, pass } = await tested()
    pass(119)
    expect((await verify()).status).to.equal(200)
    const otp = await issue()
    pass(120)
    await refused({ otp }, 'not found')
  })

  it('needs a host that has signed', async () => {
    const { send, verify, otp } = await tested()
    const { status, event } = await send('verify', { otp, self_test: true })
    expect([status, event]).to.deep.equal([400, { name: 'otp_refused', reason: 'not found' }])
    expect((await verify()).status).to.equal(200)
  })
})
