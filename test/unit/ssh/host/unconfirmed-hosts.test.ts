import { expect } from 'chai'
import { SigningHost } from '../../../support/signing-host.ts'
import { testEngine } from '../../../support/test-engine.ts'

describe('Replacing the key that signs replies, with enrolled hosts', () => {
  it('waits until they have confirmed that they have the new one', async () => {
    const { post, ask, core } = await testEngine()
    await post('sys/mounts/otp', { type: 'ssh' })
    const hosts = ['web-1', 'web-2', 'off'].map(name => new SigningHost(name))
    for (const host of hosts) {
      const { token } = (await post(`otp/hosts/${host.name}/enroll`)).body.data
      await post('otp/enroll', host.enrollment(token), '')
    }
    await post('otp/hosts/off', { disabled: true })
    const report = (host: SigningHost | undefined, version: number) =>
      ask('read', 'otp/verify/keys', {}, '', {
        signedBy: host?.sign(undefined, {
          ...{ now: core.now(), method: 'GET', path: 'verify/keys' },
          report: JSON.stringify({ verify_keys_version: version }),
        }),
      })
    const [first] = (await post('otp/verify/rotate')).body.data.keys
    const early = await post('otp/verify/rotate')
    expect(early.status).to.equal(400)
    expect(early.body.errors[0]).to.match(/: web-1, web-2\. /)
    await report(hosts[0], 2)
    expect((await post('otp/verify/rotate')).body.errors[0]).to.match(/: web-2\. /)
    expect((await post('otp/verify/rotate', { force: true })).status).to.equal(200)
    const remove = () => ask('delete', `otp/verify/keys/${first.key_id}`)
    expect((await remove()).body.errors[0]).to.match(/: web-2\. /)
    await report(hosts[1], 3)
    expect((await remove()).status).to.equal(204)
  })
})
