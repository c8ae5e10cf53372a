import { expect } from 'chai'
import { Secret } from '../../../../shared/secret.ts'
import { ADDRESS, enrolledHost, verifyBody } from '../../../support/enrolled-host.ts'
import { isSignedReply } from '../../../support/signed-reply.ts'
import { SigningHost } from '../../../support/signing-host.ts'
import type { Answer } from '../../../support/test-engine.ts'

type Made = Awaited<ReturnType<typeof enrolledHost>>

const NOT_ENROLLED = /not signed with the key of an enrolled host/

type Refused = readonly [ask: (made: Made, otp: string) => Promise<Answer>, reason: RegExp]

/** Requests that are refused for the sake of the host, and why. */
const REFUSED: Readonly<Record<string, Refused>> = {
  'an unknown name': [
    ({ verify, sign }, otp) => verify(otp, sign(otp, { host: 'web-2' })),
    NOT_ENROLLED,
  ],
  'a name in another case': [
    ({ verify, sign }, otp) => verify(otp, sign(otp, { host: 'WEB-1' })),
    NOT_ENROLLED,
  ],
  'a disabled host': [
    async ({ post, verify }, otp) => {
      await post('otp/hosts/web-1', { disabled: true })
      return verify(otp)
    },
    /^host "web-1" is disabled$/,
  ],
  'a deleted host': [
    async ({ ask, verify }, otp) => {
      await ask('delete', 'otp/hosts/web-1')
      return verify(otp)
    },
    NOT_ENROLLED,
  ],
  'a host that is not enrolled yet': [
    async ({ post, verify, sign }, otp) => {
      await post('otp/hosts/web-2', {})
      return verify(otp, sign(otp, { host: 'web-2' }))
    },
    NOT_ENROLLED,
  ],
  'the key of another host': [
    ({ verify, now }, otp) =>
      verify(otp, new SigningHost('web-1').sign(verifyBody(otp), { now: now() })),
    NOT_ENROLLED,
  ],
  'no signature': [
    ({ verify, sign }, otp) => verify(otp, { ...sign(otp), signature: '' }),
    NOT_ENROLLED,
  ],
  'a signature without a name': [
    ({ verify, sign }, otp) => verify(otp, { ...sign(otp), host: '' }),
    NOT_ENROLLED,
  ],
  'the signature of another path': [
    ({ verify, sign }, otp) => verify(otp, sign(otp, { path: 'krl' })),
    NOT_ENROLLED,
  ],
  'another method': [
    ({ verify, sign }, otp) => verify(otp, { ...sign(otp), method: 'POST' }),
    NOT_ENROLLED,
  ],
  'the signature of another body': [
    ({ verify, sign }, otp) => verify(otp, { ...sign('other'), bodyDigest: sign(otp).bodyDigest }),
    NOT_ENROLLED,
  ],
  'another time': [
    ({ verify, sign }, otp) => verify(otp, { ...sign(otp), time: '2026-01-01T00:00:01.000Z' }),
    NOT_ENROLLED,
  ],
  'another nonce': [
    ({ verify, sign }, otp) => verify(otp, { ...sign(otp), nonce: 'other' }),
    NOT_ENROLLED,
  ],
  'another report': [
    ({ verify, sign }, otp) => verify(otp, { ...sign(otp), report: '{"krl_version":1}' }),
    NOT_ENROLLED,
  ],
  'no host, where anonymous requests are denied': [
    async ({ post, verify }, otp) => {
      await post('otp/config/verify', { anonymous: 'deny' })
      return verify(otp, 'nobody')
    },
    /for enrolled hosts only/,
  ],
  'an address that the host does not have': [
    async ({ post, verify }, otp) => {
      await post('otp/hosts/web-1', { addresses: '10.0.0.9' })
      return verify(otp)
    },
    /an address that this host does not have/,
  ],
}

/** That the refusal carries a signature over what it says. */
async function expectSigned({ get }: Made, refusal: Answer['body'], otp: string): Promise<void> {
  const keys = (await get('otp/verify/keys')).body.data
  const said = { otp: new Secret(otp), decision: 'refused', reason: refusal.errors[0] } as const
  expect(isSignedReply(refusal, { requestId: refusal.request_id, keys }, said)).to.equal(true)
}

describe('A verify that a host has signed', () => {
  it('redeems a password', async () => {
    const { issue, verify, get } = await enrolledHost()
    expect((await verify(await issue())).status).to.equal(200)
    const { data } = (await get('otp/hosts/web-1')).body
    expect(data).to.include({ enrolled: true, clock_skew: 0, verify_keys_version: 1 })
    expect(data).to.have.all.keys(
      ...['name', 'enrolled', 'disabled', 'addresses', 'groups', 'public_key', 'key_id'],
      ...['enrolled_time', 'enrolled_from', 'enroll_token_id', 'enroll_token_by'],
      ...['first_seen_time', 'last_seen_time', 'last_verify_time'],
      ...['verify_keys_version', 'clock_skew', 'seen_from'],
    )
  })

  for (const [what, [ask, reason]] of Object.entries(REFUSED))
    it(`is refused for ${what}, neither uses the password nor counts, and is signed`, async () => {
      const made = await enrolledHost()
      const otp = await made.issue()
      for (let time = 0; time < 6; time++) {
        const { status, body: refusal } = await ask(made, otp)
        expect(status).to.equal(400)
        expect(refusal.errors[0]).to.match(reason)
        await expectSigned(made, refusal, otp)
      }
      await made.post('otp/config/verify', { anonymous: 'allow' })
      expect((await made.verify(otp, 'nobody')).status).to.equal(200)
    })

  it('says the same whether or not the password exists', async () => {
    const made = await enrolledHost()
    await made.post('otp/hosts/web-1', { disabled: true })
    const [good, bad] = [await made.verify(await made.issue()), await made.verify('nope')]
    expect(good.body.errors).to.deep.equal(bad.body.errors)
  })

  it('redeems nothing when it is replayed', async () => {
    const { issue, sign, verify } = await enrolledHost()
    const otp = await issue()
    const signed = sign(otp)
    expect((await verify(otp, signed)).status).to.equal(200)
    expect((await verify(otp, signed)).body.errors).to.deep.equal(['OTP not found'])
  })

  it('redeems a password for an address of the host alone', async () => {
    const { issue, verify } = await enrolledHost([ADDRESS, '2001:db8::0:1'])
    expect((await verify(await issue())).status).to.equal(200)
    expect((await verify(await issue('10.0.0.6'))).status).to.equal(400)
  })

  it('is not refused for the clock of the host, which is shown', async () => {
    const { issue, sign, verify, now, get } = await enrolledHost()
    const otp = await issue()
    const late = new Date(now().getTime() + 3_600_000)
    expect((await verify(otp, sign(otp, { now: late }))).status).to.equal(200)
    expect((await get('otp/hosts/web-1')).body.data.clock_skew).to.equal(3600)
    const second = await issue()
    expect((await verify(second, sign(second, { time: 'yesterday' }))).status).to.equal(200)
    expect((await get('otp/hosts/web-1')).body.data.clock_skew).to.equal(3600)
  })

  it('is not needed for the echo', async () => {
    const { verify, post } = await enrolledHost()
    await post('otp/config/verify', { anonymous: 'deny' })
    const echo = await verify('verify-echo-request', 'nobody')
    expect(echo.body.data.message).to.match(/response/)
  })

  it('works again for a host that is enabled again', async () => {
    const { post, issue, verify } = await enrolledHost()
    await post('otp/hosts/web-1', { disabled: true })
    await post('otp/hosts/web-1', { disabled: false })
    expect((await verify(await issue())).status).to.equal(200)
  })

  it('from a second address is warned of, and not refused', async () => {
    const { issue, sign, ask, get, warnings: logged } = await enrolledHost()
    for (const address of ['198.51.100.1', '198.51.100.2', '198.51.100.1']) {
      const otp = await issue()
      const more = { signedBy: sign(otp), client: { address, port: 1 } }
      expect((await ask('update', 'otp/verify', verifyBody(otp), '', more)).status).to.equal(200)
    }
    const { data, warnings } = (await get('otp/hosts/web-1')).body
    expect(Object.keys(data.seen_from)).to.include.members(['198.51.100.1', '198.51.100.2'])
    expect(warnings[0]).to.match(/may have been copied/)
    expect(logged).to.deep.equal([
      'the key of host "web-1" was used from 198.51.100.2 and from another address within an hour: it may have been copied, unless the host is behind NAT or has changed its address',
    ])
  })
})
