import { expect } from 'chai'
import { otpOf } from '../../../helper/pam.ts'
import { Refusal } from '../../../helper/refusal.ts'

const OTP = '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c'

describe('What was typed', () => {
  for (const typed of [OTP, `${OTP}\0`, `${OTP}\n`, `${OTP} `, `\t ${OTP} \t\n`, ` ${OTP} \0`])
    it(`is a password: ${JSON.stringify(typed)}`, () => {
      expect(otpOf(Buffer.from(typed)).reveal()).to.equal(OTP)
    })

  for (const typed of ['', ' ', ` ${OTP}x`, `${OTP} x`, `\u00a0${OTP}`, `${OTP}\n\n`, `${OTP}\r`])
    it(`is none: ${JSON.stringify(typed)}`, () => {
      expect(() => otpOf(Buffer.from(typed))).to.throw(Refusal)
    })
})
