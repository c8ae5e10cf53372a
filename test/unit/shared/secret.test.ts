import { inspect } from 'node:util'
import { expect } from 'chai'
import { isOtpShaped, newOtp } from '../../../shared/otp.ts'
import { Secret } from '../../../shared/secret.ts'

describe('A secret', () => {
  const secret = new Secret('hunter2')

  for (const [what, text] of Object.entries({
    'as text': `${secret}`,
    'by String': String(secret),
    'as JSON': JSON.stringify({ secret, list: [secret] }),
    'by inspect': inspect({ secret }, { showHidden: true, depth: 9 }),
    'by its keys': Object.entries(secret).join(),
    'in a copy': inspect({ ...secret }),
  }))
    it(`is not shown ${what}`, () => {
      expect(text).not.to.contain('hunter2')
    })

  it('is revealed to who asks', () => {
    expect(secret.reveal()).to.equal('hunter2')
  })
})

describe('A one-time password', () => {
  it('is of the right form, and never twice the same', () => {
    const all = Array.from({ length: 1000 }, () => newOtp().reveal())
    expect(all.every(isOtpShaped)).to.equal(true)
    expect(new Set(all).size).to.equal(1000)
  })

  const otp = '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c'
  for (const text of [
    '',
    otp.slice(1),
    `${otp}\n`,
    ` ${otp}`,
    `${otp}\0`,
    otp.replaceAll('-', ''),
    `g${otp.slice(1)}`,
    otp + otp,
  ])
    it(`is not ${JSON.stringify(text.replaceAll(otp, 'OTP').slice(0, 12))} (${text.length})`, () => {
      expect(isOtpShaped(text)).to.equal(false)
    })
})
