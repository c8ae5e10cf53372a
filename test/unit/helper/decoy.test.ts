import { expect } from 'chai'
import { assert, property, string } from 'fast-check'
import { decoyOf, ofOneLength } from '../../../helper/decoy.ts'
import { newOtp, OTP_FORMATS } from '../../../shared/otp.ts'
import { writeVerifyRequest } from '../../../shared/verification.ts'

const nonce = 'f'.repeat(32)

describe('decoyOf', () => {
  it('is as long as the question, and has no name in it', () => {
    assert(
      property(string({ unit: 'binary', minLength: 1 }), username => {
        for (const ip of [undefined, ['10.1.2.3', 'fd00::1']]) {
          const question = { username, nonce, ...(ip && { ip }) }
          const decoy = writeVerifyRequest(decoyOf(question))
          for (const otp of OTP_FORMATS.map(newOtp))
            expect(Buffer.byteLength(decoy)).to.equal(
              Buffer.byteLength(writeVerifyRequest(ofOneLength({ ...question, otp }))),
            )
          expect(JSON.parse(decoy).username).to.match(/^-+$/)
        }
      }),
    )
  })

  it('asks for the echo', () => {
    expect(JSON.parse(writeVerifyRequest(decoyOf({ username: 'alice', nonce })))).to.deep.equal({
      otp: 'verify-echo-request',
      username: '-----',
      nonce: `${nonce}${'0'.repeat(17)}`,
    })
  })

  it('lets a password of a UUID be asked for as it always was', () => {
    const question = { otp: newOtp(), username: 'alice', nonce, ip: ['10.1.2.3'] }
    expect(ofOneLength(question)).to.deep.equal(question)
  })
})
