import { expect } from 'chai'
import type { Environment } from '../../../helper/environment.ts'
import { factsOf, loginOf, otpOf, requireService } from '../../../helper/pam.ts'
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

  for (const service of ['sshd', 'postern-sshd', 'postern-trial'])
    it(`may take one-time passwords: ${service}`, () => expect(asking(service)).not.to.throw())

  for (const service of ['su', 'sudo', 'login', 'other', 'sshd2', 'SSHD', '', undefined])
    it(`is refused: ${service}`, () => {
      expect(asking(service)).to.throw(Refusal).that.has.property('exit', 'settings')
    })

  it('is named where there is none', () => {
    expect(asking(undefined)).to.throw(/^the PAM service "" may not/)
  })

  it('is told which line to add, on one line whatever its name is', () => {
    expect(asking('su\n"')).to.throw(
      /add to \/etc\/h\.toml: services = \["sshd", "postern-sshd", "su\\n\\""\]$/,
    )
  })
})

describe('What was typed and is not sent', () => {
  const FILLER = '\b\n\r\x7fINCORRECT'
  const USER = 'sshd does not let this user log in: unknown, root, or excluded in sshd_config'
  const WORD = 'a word of the health check was typed as a password'
  const SHAPE = 'what was typed is not shaped like a one-time password, and was not sent'

  for (const [typed, reason] of [
    ['', 'nothing was typed'],
    ['\0', 'nothing was typed'],
    ['\n', 'nothing was typed'],
    [FILLER, USER],
    [FILLER.repeat(3), USER],
    [FILLER.repeat(3).slice(0, 36), USER],
    [FILLER.slice(0, 7), USER],
    ['verify-echo-request', WORD],
    ['verify-echo-response', WORD],
    [`${FILLER}X`, SHAPE],
    [FILLER.slice(1), SHAPE],
    [`x${FILLER}`, SHAPE],
    ['correct horse', SHAPE],
    [`${OTP}\0\0`, SHAPE],
    [OTP.replace('-', '\0-'), SHAPE],
    [OTP.replace('-', ' -'), SHAPE],
    [`${OTP.slice(0, 9)}\t${OTP.slice(9)} `, SHAPE],
  ] as const)
    it(`is explained: ${JSON.stringify(typed)}`, () => {
      expect(() => otpOf(Buffer.from(typed), ['uuid', 'base32']))
        .to.throw(Refusal, reason)
        .include({ exit: 'input', message: reason })
    })

  it('is another password than it looks like where bytes are no text', () => {
    const nothing = Buffer.from([0xa0, ...Buffer.from(OTP)])
    expect(() => otpOf(nothing, ['uuid'])).to.throw(SHAPE)
  })
})

const PAM = {
  PAM_TYPE: 'auth',
  PAM_USER: 'alice',
  PAM_RHOST: '192.0.2.7',
  SSH_CONNECTION: '192.0.2.8 50000 10.1.2.3 22',
}

/** How a login of this environment is refused. */
function refusalOf(changes: Environment) {
  try {
    loginOf({ ...PAM, ...changes })
  } catch (error) {
    if (error instanceof Refusal) return { exit: error.exit, reason: error.message }
    throw error
  }
  return undefined
}

describe('Who logs in', () => {
  it('is the user of PAM, at the address that sshd was dialled at', () => {
    expect(loginOf(PAM)).to.deep.equal({ user: 'alice', host: '10.1.2.3' })
  })

  for (const [address, host] of [
    ['2001:DB8::0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
  ] as const)
    it(`is at ${host}, which sshd calls ${address}`, () => {
      const environment = { ...PAM, SSH_CONNECTION: `192.0.2.8 50000 ${address} 22` }
      expect(loginOf(environment).host).to.equal(host)
      expect(factsOf(environment).host).to.equal(host)
    })

  for (const connection of [undefined, 'UNKNOWN 65535 UNKNOWN 65535', 'UNKNOWN 1 UNKNOWN 2'])
    it(`is at an address that nobody knows: ${connection}`, () => {
      expect(loginOf({ ...PAM, SSH_CONNECTION: connection }).host).to.equal(undefined)
    })

  for (const connection of [
    '',
    ' ',
    '192.0.2.8 50000',
    '192.0.2.8 50000 10.1.2.3',
    '192.0.2.8 50000 10.1.2.3 22 x',
    '192.0.2.8 50000 web.test 22',
    '192.0.2.8 50000  22',
    '192.0.2.8 50000 2001:db8::1%eth0 22',
    'UNKNOWN 65535 UNKNOWN',
    'UNKNOWN 65535 UNKNOWN x',
    'UNKNOWN 65535 UNKNOWN 65535 ',
    'xUNKNOWN 65535 UNKNOWN 65535',
    'UNKNOWN  UNKNOWN 65535',
  ])
    it(`is refused at ${JSON.stringify(connection)}`, () => {
      expect(refusalOf({ SSH_CONNECTION: connection })).to.deep.equal({
        exit: 'input',
        reason: 'SSH_CONNECTION does not name the address of this host',
      })
    })

  const e = '\u00e9'
  for (const user of ['a'.repeat(256), e.repeat(128), 'a b', '*'])
    it(`may be ${user.slice(0, 9)}, of ${user.length} letters`, () => {
      expect(loginOf({ ...PAM, PAM_USER: user }).user).to.equal(user)
    })

  for (const [changes, exit, reason] of [
    [
      { PAM_TYPE: undefined },
      'usage',
      'PAM did not run this: it does so for each login, and -help tells what else there is',
    ],
    ...['account', 'open_session', '', 'AUTH', 'auth '].map(
      type =>
        [
          { PAM_TYPE: type },
          'usage',
          `PAM called for ${type}: the helper is for auth lines only`,
        ] as const,
    ),
    [{ PAM_USER: undefined }, 'usage', 'PAM names no user'],
    [{ PAM_USER: '' }, 'usage', 'PAM names no user'],
    [{ PAM_USER: 'a\ufffd' }, 'denied', 'the name of the user is not UTF-8'],
    ...['a'.repeat(257), `a${e.repeat(128)}`].map(
      user =>
        [{ PAM_USER: user }, 'denied', 'the name of the user is longer than 256 bytes'] as const,
    ),
  ] as const)
    it(`is refused with ${JSON.stringify(changes).slice(0, 30)}`, () => {
      expect(refusalOf(changes)).to.deep.equal({ exit, reason })
    })
})

describe('The facts of a login, for the log', () => {
  for (const [changes, facts] of [
    [{}, { user: 'alice', from: '192.0.2.8', host: '10.1.2.3' }],
    [{ SSH_CONNECTION: undefined }, { user: 'alice', from: '192.0.2.7', host: undefined }],
    [{ SSH_CONNECTION: '' }, { user: 'alice', from: '192.0.2.7', host: undefined }],
    [
      { SSH_CONNECTION: '192.0.2.8 1 nowhere 22' },
      { user: 'alice', from: '192.0.2.8', host: 'nowhere' },
    ],
    [{ SSH_CONNECTION: '192.0.2.8 1  22' }, { user: 'alice', from: '192.0.2.8', host: '' }],
  ] as const)
    it(`are there for ${JSON.stringify(changes)}`, () => {
      expect(factsOf({ ...PAM, ...changes })).to.deep.equal(facts)
    })
})
