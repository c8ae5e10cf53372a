import { expect } from 'chai'
import { ADDRESS as IP } from '../../../../support/enrolled-host.ts'
import { verifyingEngine } from '../../../../support/verifying-engine.ts'

const refusalOf = (answer: { readonly body: { readonly errors?: unknown } }) => answer.body.errors

describe('A one-time password is redeemed', () => {
  it('once, and then its lease is gone', async () => {
    const { issue, verify, post } = await verifyingEngine()
    const { otp, lease } = await issue()
    const data = { ip: IP, username: 'ubuntu', role_name: 'web' }
    expect((await verify({ otp })).body.data).to.deep.equal(data)
    expect(refusalOf(await verify({ otp }))).to.deep.equal(['OTP not found'])
    expect((await post('sys/leases/lookup', { lease_id: lease })).status).to.equal(400)
  })

  it('with the nonce of the request in the answer', async () => {
    const { issue, verify } = await verifyingEngine()
    const { otp } = await issue()
    expect((await verify({ otp, nonce: 'n' })).body.data.nonce).to.equal('n')
    const echo = await verify({ otp: 'verify-echo-request', nonce: 'n' })
    expect(echo.body.data.nonce).to.equal('n')
  })

  it('until it expires, and not at that moment, though its lease is still there', async () => {
    for (const [seconds, status] of [
      [599, 200],
      [600, 400],
      [601, 400],
    ] as const) {
      const { issue, verify, post, pass } = await verifyingEngine()
      await post('sys/mounts/ssh/tune', { default_lease_ttl: '600s' })
      const { otp } = await issue()
      pass(seconds)
      const answer = await verify({ otp })
      expect([seconds, answer.status]).to.deep.equal([seconds, status])
      if (status === 400) expect(refusalOf(answer)).to.deep.equal(['OTP not found'])
    }
  })

  it('for a host by that host alone', async () => {
    const { hosts, issue, verify } = await verifyingEngine()
    const [one, two] = hosts
    const { otp } = await issue('hosts', { host: 'web-1' })
    for (const answer of [await verify({ otp }), await verify({ otp }, two)]) {
      expect(answer.status).to.equal(400)
      expect(refusalOf(answer)).to.deep.equal(['OTP was issued for another host'])
    }
    expect((await verify({ otp }, one)).body.data).to.deep.equal({
      ...{ ip: '', username: 'ubuntu', role_name: 'hosts', host: 'web-1' },
    })
  })

  it('for one of the addresses of a host that has some', async () => {
    const { hosts, issue, verify, post } = await verifyingEngine()
    await post('ssh/hosts/web-1', { addresses: '10.0.0.9' })
    const { otp } = await issue()
    expect(refusalOf(await verify({ otp }, hosts[0]))).to.deep.equal([
      'OTP was issued for an address that this host does not have',
    ])
    expect((await verify({ otp }, hosts[1])).status).to.equal(200)
  })

  it('as long as it was presented in the wrong place four times at the most', async () => {
    for (const [misses, status] of [
      [4, 200],
      [5, 400],
    ] as const) {
      const { issue, verify, post } = await verifyingEngine()
      const { otp, lease } = await issue()
      for (let time = 0; time < misses; time++)
        expect(refusalOf(await verify({ otp, username: 'root' }))).to.deep.equal([
          'OTP was issued for another username',
        ])
      expect((await verify({ otp })).status).to.equal(status)
      expect((await post('sys/leases/lookup', { lease_id: lease })).status).to.equal(400)
    }
  })

  it('by no test of a host', async () => {
    const { hosts, issue, verify } = await verifyingEngine()
    const { otp } = await issue()
    for (const by of [undefined, hosts[0]])
      expect((await verify({ otp, self_test: true }, by)).status).to.equal(400)
    expect((await verify({ otp })).status).to.equal(200)
  })
})
