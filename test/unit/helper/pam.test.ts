import { expect } from 'chai'
import { otpOf, requireService } from '../../../helper/pam.ts'
import { Refusal } from '../../../helper/refusal.ts'
import { OTP_FORMATS, type OtpFormat } from '../../../shared/otp.ts'

const OTP = '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c'

/** `0` was typed as `o`, `1` as `i` and `l`. */
const [TYPED, BASE32] = ['OO1I1L-ABCDEF 0000hk', '001111-abcdef-0000hk']

describe('What was typed', () => {
  for (const typed of [OTP, `${OTP}\0`, `${OTP}\n`, `${OTP} `, `\t ${OTP} \t\n`, ` ${OTP} \0`])
    it(`is a password: ${JSON.stringify(typed)}`, () => {
      expect(otpOf(Buffer.from(typed), ['uuid']).reveal()).to.equal(OTP)
    })

  for (const typed of ['', ' ', ` ${OTP}x`, `${OTP} x`, `\u00a0${OTP}`, `${OTP}\n\n`, `${OTP}\r`])
    it(`is none: ${JSON.stringify(typed)}`, () => {
      expect(() => otpOf(Buffer.from(typed), ['uuid', 'base32'])).to.throw(Refusal)
    })

  const reasonOf = (typed: string, formats: readonly OtpFormat[]) => {
    try {
      return otpOf(Buffer.from(typed), formats).reveal()
    } catch (error) {
      return (error as Refusal).message
    }
  }

  it('is a password that people type where the host allows them, as it was issued', () => {
    for (const typed of [TYPED, BASE32, ` ${TYPED}\n`, `${BASE32}\0`])
      expect(reasonOf(typed, ['uuid', 'base32'])).to.equal(BASE32)
    expect(reasonOf(OTP.toUpperCase(), ['uuid'])).to.equal(OTP)
  })

  it('is not sent in another format than the host allows, or with a typing error', () => {
    for (const [typed, format] of [
      [TYPED, 'base32'],
      [OTP, 'uuid'],
    ] as const)
      expect(
        reasonOf(
          typed,
          OTP_FORMATS.filter(each => each !== format),
        ),
      ).to.equal(
        `otp_formats does not have the format of what was typed, ${format}; it was not sent`,
      )
    const wrong = TYPED.replace('ABC', 'ACB')
    expect(reasonOf(wrong, ['base32'])).to.match(/with a typing error, and was not sent$/)
    expect(reasonOf(wrong, ['uuid'])).to.match(/not shaped like a one-time password/)
  })
})

describe('A PAM service', () => {
  const asking = (service: string | undefined) => () =>
    requireService({ PAM_SERVICE: service }, ['sshd', 'postern-sshd'], '/etc/h.toml')

  for (const service of ['sshd', 'postern-sshd'])
    it(`may take one-time passwords: ${service}`, () => expect(asking(service)).not.to.throw())

  for (const service of ['su', 'sudo', 'login', 'other', 'sshd2', 'SSHD', '', undefined])
    it(`is refused: ${service}`, () => {
      expect(asking(service)).to.throw(Refusal).that.has.property('exit', 'settings')
    })

  it('is told which line to add, on one line whatever its name is', () => {
    expect(asking('su\n"')).to.throw(
      /add to \/etc\/h\.toml: services = \["sshd", "postern-sshd", "su\\n\\""\]$/,
    )
  })
})
