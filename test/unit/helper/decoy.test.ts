import { expect } from 'chai'
import { assert, property, string } from 'fast-check'
import { decoyOf } from '../../../helper/decoy.ts'
import { newOtp } from '../../../shared/otp.ts'
import { writeVerifyRequest } from '../../../shared/verification.ts'

const nonce = 'f'.repeat(32)

describe('decoyOf', () => {
  it('is as long as the question, and has no name in it', () => {
    assert(
      property(string({ unit: 'binary', minLength: 1 }), username => {
        for (const ip of [undefined, ['10.1.2.3', 'fd00::1']]) {
          const question = { username, nonce, ...(ip && { ip }) }
          const decoy = writeVerifyRequest(decoyOf(question))
          expect(Buffer.byteLength(decoy)).to.equal(
            Buffer.byteLength(writeVerifyRequest({ ...question, otp: newOtp() })),
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
})
