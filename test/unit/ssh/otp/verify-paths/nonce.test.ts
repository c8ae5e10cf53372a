import { expect } from 'chai'
import { parsePublicKey } from '../../../../../shared/ed25519.ts'
import { sealSecret } from '../../../../../shared/sealed-secret.ts'
import { Secret } from '../../../../../shared/secret.ts'
import { cases } from '../../../../support/cases.ts'
import { isSignedReply, NONCE } from '../../../../support/signed-reply.ts'
import { verifyingEngine } from '../../../../support/verifying-engine.ts'

const ECHO = 'verify-echo-request'

describe('The nonce of a verify', () => {
  for (const nonce of cases(['!', '~'.repeat(128)]))
    it(`may be ${encodeURIComponent(nonce).slice(0, 9)}`, async () => {
      const { verify, issue } = await verifyingEngine()
      const { status, body } = await verify({ otp: (await issue()).otp, nonce })
      expect([status, body.data.nonce]).to.deep.equal([200, nonce])
    })

  for (const nonce of cases(['', ' ', ' a', 'a ', 'a\n', '\x7f', 'é', 'a'.repeat(129)]))
    it(`may not be "${encodeURIComponent(nonce).slice(0, 9)}", and then the password is not used`, async () => {
      const { verify, issue } = await verifyingEngine()
      const { otp } = await issue()
      const { status, body } = await verify({ otp, nonce })
      expect([status, body]).to.deep.equal([
        400,
        { errors: ['nonce must be 1 to 128 printable characters'] },
      ])
      expect((await verify({ otp })).status).to.equal(200)
    })
})

describe('An echo of verify', () => {
  it('is a health check, with a nonce once the key that signs is known', async () => {
    const { verify } = await verifyingEngine()
    const asked = async (nonce?: string) => {
      const { status, isProbe } = await verify({ otp: ECHO, nonce })
      return [status, isProbe]
    }
    expect(await asked()).to.deep.equal([200, true])
    expect(await asked(NONCE)).to.deep.equal([200, undefined])
    expect(await asked(NONCE)).to.deep.equal([200, true])
    expect((await verify({ otp: 'nope', nonce: NONCE })).isProbe).to.equal(undefined)
  })

  it('is signed for a nonce also after requests without one', async () => {
    const { verify } = await verifyingEngine()
    for (const otp of ['nope', ECHO]) {
      await verify({ otp })
      expect((await verify({ otp: ECHO, nonce: NONCE })).body.data.signature).to.be.a('string')
    }
  })

  it('is signed as one whatever is encrypted beside it', async () => {
    const { verify, get } = await verifyingEngine()
    const keys = (await get('ssh/verify/keys')).body.data
    const key = parsePublicKey(keys.keys[0].public_key)
    const to = { kind: 'otp', mount: 'ssh', nonce: NONCE } as const
    const sealed = { [key.id]: sealSecret(new Secret('other'), key, to) }
    // the first is no health check
    for (let time = 0; time < 2; time++) {
      const { body } = await verify({ otp: ECHO, nonce: NONCE, sealed })
      expect(body.data.message).to.equal('verify-echo-response')
      const asked = { requestId: body.request_id, keys }
      const said = { otp: new Secret(ECHO), decision: 'echo', mount: 'ssh' } as const
      expect(isSignedReply(body.data, asked, said)).to.equal(true)
    }
  })
})

describe('A refusal of verify', () => {
  for (const [what, sent, reason] of [
    ['decrypt', { otp: '-', sealed: {} }, /^the password is not encrypted for a key of this mount/],
    ['find in the request', {}, /^OTP not found$/],
  ] as const)
    it(`of a password that it cannot ${what} is signed as for an empty one`, async () => {
      const { verify, get } = await verifyingEngine()
      const { status, body } = await verify({ ...sent, nonce: NONCE })
      expect(status).to.equal(400)
      expect(body.errors[0]).to.match(reason)
      const asked = { requestId: body.request_id, keys: (await get('ssh/verify/keys')).body.data }
      const refused = { decision: 'refused', reason: body.errors[0], mount: 'ssh' } as const
      expect(isSignedReply(body, asked, { otp: new Secret(''), ...refused })).to.equal(true)
    })
})
