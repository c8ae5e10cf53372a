import { expect } from 'chai'
import { auditFile } from '../../../../support/audit-file.ts'
import { cases } from '../../../../support/cases.ts'
import { ADDRESS } from '../../../../support/enrolled-host.ts'
import { NONCE } from '../../../../support/signed-reply.ts'
import { verifyingEngine } from '../../../../support/verifying-engine.ts'

type Made = Awaited<ReturnType<typeof verifyingEngine>>

/** Requests to verify that are refused, and the reason in the metrics and in the audit log. */
const REFUSED: Readonly<Record<string, (made: Made) => ReturnType<Made['verify']>>> = {
  'not found': ({ verify }) => verify({ otp: 'nope' }),
  sealed: ({ verify }) => verify({ otp: '-', nonce: NONCE, sealed: {} }),
  anonymous: async ({ verify, post, issue }) => {
    await post('ssh/config/verify', { anonymous: 'deny' })
    return verify({ otp: (await issue()).otp })
  },
  'host signature': async ({ verify, ask, issue, hosts }) => {
    await ask('delete', 'ssh/hosts/web-1')
    return verify({ otp: (await issue()).otp }, hosts[0])
  },
  'disabled host': async ({ verify, post, issue, hosts }) => {
    await post('ssh/hosts/web-1', { disabled: true })
    return verify({ otp: (await issue()).otp }, hosts[0])
  },
  'other host': async ({ verify, issue, hosts }) =>
    verify({ otp: (await issue('hosts', { host: 'web-1' })).otp }, hosts[1]),
  'other username': async ({ verify, issue }) =>
    verify({ otp: (await issue()).otp, username: 'root' }),
  'other ip': async ({ verify, issue }) => verify({ otp: (await issue()).otp, ip: '10.0.0.6' }),
  'other role': async ({ verify, issue }) => verify({ otp: (await issue()).otp, roles: 'db' }),
  replay: async ({ verify, issue }) => {
    const { otp } = await issue()
    await verify({ otp })
    return verify({ otp })
  },
}

describe('The event of a verify', () => {
  for (const [reason, ask] of cases(Object.entries(REFUSED)))
    it(`is a refusal, with the reason: ${reason}`, async () => {
      const { status, event } = await ask(await verifyingEngine())
      expect([status, event]).to.deep.equal([400, { name: 'otp_refused', reason }])
    })

  it('is a refusal, too, for an address that the host does not have', async () => {
    const { post, issue, verify, hosts } = await verifyingEngine()
    await post('ssh/hosts/web-1', { addresses: '10.0.0.9' })
    const { event } = await verify({ otp: (await issue()).otp }, hosts[0])
    expect(event).to.deep.equal({ name: 'otp_refused', reason: 'other host' })
  })

  it('is a login, and says where the key of a host is used from two addresses', async () => {
    const { issue, verify, hosts } = await verifyingEngine()
    expect((await verify({ otp: (await issue()).otp })).event).to.deep.equal({
      name: 'otp_verified',
    })
    const from = async (address: string) => {
      const client = { address, port: 1 }
      const { event } = await verify({ otp: (await issue()).otp }, hosts[0], { client })
      return event
    }
    expect(await from('192.0.2.1')).to.deep.equal({ name: 'otp_verified' })
    expect(await from('192.0.2.2')).to.deep.equal({
      name: 'otp_verified',
      reason: 'host key from two addresses',
    })
  })
})

describe('The audit log of a verify', () => {
  it('shows for whom a password was presented and whose it was, but not the password', async () => {
    using log = auditFile()
    const made = await verifyingEngine({ devices: [log.device] })
    const { otp } = await made.issue()
    const data = { username: 'ubuntu', ip: [ADDRESS], roles: ['web', 'db'] }
    await made.verify({ otp, ...data })
    await made.verify({ otp: 'verify-echo-request', nonce: NONCE })
    await made.core.audit.close()
    const of = log.entries().filter(({ request }) => request?.path === 'ssh/verify')
    const [request, response, , echo] = of
    expect(request.request.data).to.deep.include(data)
    expect(response.response.data).to.deep.include({ username: 'ubuntu', role_name: 'web' })
    expect(echo.response.data.message).to.equal('verify-echo-response')
    expect(JSON.stringify(of)).not.to.include(otp)
  })
})

const LOGIN = {
  role: 'web',
  username: 'ubuntu',
  ip: ADDRESS,
  expire_time: '2026-01-01T00:10:00.000Z',
}
const REQUEST = { id: 'c7e5b7a0-0000-4000-8000-000000000001', correlation: 'login-1' }
const BY = {
  ...{ client_address: '192.0.2.1', request_id: REQUEST.id, correlation_id: 'login-1' },
  host: 'web-1',
}

describe('The tombstone of a password', () => {
  it('has who used it, when, and who presented it again', async () => {
    const { issue, verify, post, pass, hosts } = await verifyingEngine()
    const { otp, lease } = await issue()
    const state = async () => (await post('ssh/otp', { lease_id: lease })).body.data
    await verify({ otp }, hosts[0], REQUEST)
    const used = { ...LOGIN, state: 'used', time: '2026-01-01T00:00:00.000Z', ...BY }
    expect(await state()).to.deep.equal(used)
    pass(7)
    await verify({ otp }, hosts[1], REQUEST)
    const replay = { time: '2026-01-01T00:00:07.000Z', ...BY, host: 'web-2' }
    expect(await state()).to.deep.equal({ ...used, replays: 1, last_replay: replay })
  })

  it('has nothing of a host where none has signed', async () => {
    const { issue, verify, post } = await verifyingEngine()
    const { otp, lease } = await issue()
    await verify({ otp })
    expect((await post('ssh/otp', { lease_id: lease })).body.data).not.to.have.any.keys(
      ...['host', 'correlation_id'],
    )
  })

  it('has who presented it for another login, when, and why that was refused', async () => {
    const { issue, verify, post, pass, hosts } = await verifyingEngine()
    const { otp, lease } = await issue()
    for (let left = 4; left >= 0; left--) {
      pass(1)
      await verify({ otp, username: 'root' }, hosts[0], REQUEST)
      expect((await post('ssh/otp', { lease_id: lease })).body.data).to.deep.equal({
        ...{ ...LOGIN, state: 'refused', reason: 'OTP was issued for another username' },
        ...{ time: `2026-01-01T00:00:0${5 - left}.000Z`, ...BY },
        ...{ misses: 5 - left, misses_left: left },
      })
    }
  })
})
