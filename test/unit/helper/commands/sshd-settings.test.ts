import { expect } from 'chai'
import {
  pamServiceOf,
  parseSshdSettings,
  sshdNotes,
  sshdProblems,
} from '../../../../helper/commands/sshd-settings.ts'

const GOOD = `usepam yes
kbdinteractiveauthentication yes
passwordauthentication no
logingracetime 60
authenticationmethods any
`
const problems = (text: string) => sshdProblems(parseSshdSettings(text), 10_000)

describe('The check of the settings of sshd', () => {
  it('accepts those of packaging', () => {
    expect(problems(GOOD)).to.deep.equal([])
    expect(sshdNotes(parseSshdSettings(GOOD))).to.deep.equal([])
  })

  for (const [line, says] of [
    ['usepam no', /UsePAM/],
    ['kbdinteractiveauthentication no', /^KbdInteractiveAuthentication is no/],
    ['challengeresponseauthentication no', /^ChallengeResponseAuthentication is no/],
    ['authenticationmethods publickey', /without keyboard-interactive/],
    [
      'kerberosauthentication yes\npasswordauthentication yes',
      /^KerberosAuthentication .* sshd accepts/,
    ],
    ['logingracetime 10', /LoginGraceTime is 10s, and deadline in helper.toml is 10s/],
  ] as const)
    it(`finds ${line}`, () => {
      expect(problems(GOOD + line).join()).to.match(says)
    })

  it('takes no limit for enough time', () => {
    expect(problems(`${GOOD}logingracetime 0`)).to.deep.equal([])
  })

  it('tells of the method password', () => {
    const settings = parseSshdSettings(`${GOOD}passwordauthentication yes`)
    expect(sshdNotes(settings).join()).to.match(/PasswordAuthentication is yes/)
  })

  it('knows the PAM service, by whatever name', () => {
    expect(pamServiceOf(parseSshdSettings(GOOD))).to.equal('sshd')
    expect(pamServiceOf(parseSshdSettings(`${GOOD}pamservicename OTP-sshd`))).to.equal('otp-sshd')
  })
})
