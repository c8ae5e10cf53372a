import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { decoyOf, ofOneLength } from '../../../helper/decoy.ts'
import { bodyOf } from '../../../helper/sealed-request.ts'
import { publicKeyIn } from '../../../shared/ed25519.ts'
import { newOtp, OTP_FORMATS } from '../../../shared/otp.ts'
import { openSecret } from '../../../shared/sealed-secret.ts'
import { writeVerifyRequest } from '../../../shared/verification.ts'

const keys = [1, 2].map(() => generateKeyPairSync('ed25519').privateKey)
const RULES = { mount: 'ssh', keys: keys.map(publicKeyIn) }
const LOGIN = { username: 'alice', ip: ['10.1.2.3'], nonce: 'f'.repeat(32) }

describe('A request whose answer must be signed', () => {
  it('has the password for those alone who may sign, in each of its formats', () => {
    for (const otp of OTP_FORMATS.map(newOtp)) {
      const request = ofOneLength({ ...LOGIN, otp })
      const body = bodyOf(request, RULES)
      expect(body).not.to.include(otp.reveal())
      const { otp: shown, sealed, nonce, username, ip } = JSON.parse(body)
      expect([username, ip, nonce]).to.deep.equal(['alice', ['10.1.2.3'], request.nonce])
      expect(shown).to.match(/^-+$/)
      for (const key of keys) {
        const opened = openSecret(sealed[publicKeyIn(key).id], key, {
          kind: 'otp',
          mount: 'ssh',
          nonce,
        })
        expect(opened?.reveal()).to.equal(otp.reveal())
      }
    }
  })

  it('has one length, also where it is a decoy', () => {
    const decoy = bodyOf(decoyOf(LOGIN), RULES)
    expect(JSON.parse(decoy).otp).to.equal('verify-echo-request')
    for (const otp of OTP_FORMATS.map(newOtp))
      expect(bodyOf(ofOneLength({ ...LOGIN, otp }), RULES)).to.have.length(decoy.length)
  })

  it('is written as other servers read it where no answer has to be signed', () => {
    const request = { ...LOGIN, otp: newOtp() }
    expect(bodyOf(request, { ...RULES, keys: undefined })).to.equal(writeVerifyRequest(request))
    const { nonce: _, ...without } = request
    expect(bodyOf(without, RULES)).to.equal(writeVerifyRequest(without))
  })
})
