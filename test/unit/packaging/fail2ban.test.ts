import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { lineOf } from '../../../helper/log-line.ts'
import { otpOf } from '../../../helper/pam.ts'
import { Refusal } from '../../../helper/refusal.ts'
import { OTP_FORMATS, type OtpFormat } from '../../../shared/otp.ts'

const FILTER = readFileSync(
  join(import.meta.dirname, '../../../packaging/fail2ban/filter.d/postern.conf'),
  'utf8',
)

/** The expressions as fail2ban makes them, behind what its common.conf takes for the beginning of a line. */
function expressions(): readonly RegExp[] {
  const setting = (name: string) =>
    new RegExp(`^${name} = (.*(?:\n +.*)*)`, 'm').exec(FILTER)?.[1] ?? ''
  return setting('failregex')
    .split('\n')
    .map(line =>
      line
        .trim()
        .replace('%(__prefix_line)s', '(?:\\S+ )?postern-helper(?:\\[\\d+\\])?: ')
        .replaceAll('%(_value)s', setting('_value'))
        .replace('<HOST>', '(?<host>[0-9A-Fa-f.:]+)'),
    )
    .map(text => new RegExp(text))
}

const reasonFor = (typed: string, formats: readonly OtpFormat[] = OTP_FORMATS): string => {
  try {
    otpOf(Buffer.from(typed), formats)
  } catch (error) {
    if (error instanceof Refusal) return error.message
  }
  throw new Error(`${typed} is a password`)
}

const NOT_FOUND = 'https://engine.example.com:8200: OTP not found'

describe('The filter for fail2ban', () => {
  const all = expressions()

  const banned = (end: string, reason: string | undefined, user = 'alice') => {
    const who = { correlation: 'c0ffee', user, from: '192.0.2.7', host: '10.1.2.3' }
    const decision = end === 'allowed' ? 'allowed' : 'denied'
    const line = `web postern-helper[42]: ${lineOf({ decision, end, ms: 12, reason, ...who })}`
    const [host] = all.map(each => each.exec(line)?.groups?.host).filter(Boolean)
    return host
  }

  it('has expressions', () => {
    expect(all.length).to.equal(2)
  })

  for (const [what, end, reason] of [
    ['a password that the engine does not know', 'denied', NOT_FOUND],
    ['what is no one-time password', 'input', reasonFor('hunter2')],
    ['a typing error', 'input', reasonFor('001111-abcdef-000hk0')],
    ['nothing', 'input', reasonFor('')],
    ['the word of the health check', 'input', reasonFor('verify-echo-request')],
  ] as const)
    it(`counts ${what}`, () => {
      expect(banned(end, reason)).to.equal('192.0.2.7')
    })

  for (const [what, end, reason] of [
    ['a login', 'allowed', undefined],
    ['users that the host has not', 'input', reasonFor('\b\n\r\x7fINCORRECT')],
    ['a format that the host does not allow', 'input', reasonFor('001111-abcdef-0000hk', [])],
    ['a password for another role', 'denied', 'the role "web" is not in allowed_roles'],
    ['an engine that is away', 'unavailable', 'https://e: connection refused'],
    ['a host that is set up badly', 'settings', '/etc/postern/helper.toml is not there'],
  ] as const)
    it(`does not count ${what}`, () => {
      expect(banned(end, reason)).to.equal(undefined)
    })

  for (const user of [
    'x from=203.0.113.9 ',
    'x" from=203.0.113.9 "',
    'x\\" from=203.0.113.9 ',
    'x\nweb postern-helper[1]: decision=denied end=denied reason="OTP not found" from=203.0.113.9',
  ])
    it(`takes no address from the user ${JSON.stringify(user)}`, () => {
      expect(banned('denied', NOT_FOUND, user)).to.equal('192.0.2.7')
      expect(banned('unavailable', 'nobody answers', user)).to.equal(undefined)
    })
})
