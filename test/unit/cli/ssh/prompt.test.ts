import { expect } from 'chai'
import { asksForPassword, isOfLogin } from '../../../../engine/cli/ssh/prompt.ts'

const LOGIN = { user: 'alice', host: 'web', pid: 100, proxied: false }
const [OWN, OTHER] = [100, 200]

const from = (asker: number) => (asker === OWN ? 'our' : 'another')

describe('Prompts of ssh', () => {
  for (const [text, asker] of [
    ['(alice@web) Password: ', OWN],
    ['(alice@web) Password: ', OTHER],
    ['(alice@web) Password:', OWN],
    ['Password: ', OWN],
  ] as const)
    it(`are answered with the password: ${text}, from ${from(asker)} ssh`, () => {
      expect(asksForPassword({ text, asker }, LOGIN)).to.equal(true)
    })

  for (const [text, asker] of [
    ['Password: ', OTHER],
    ['(alice@jump) Password: ', OTHER],
    ['(alice@jump) Password: ', OWN],
    ['(alice@jump) x\n(alice@web) Password: ', OWN],
    ['(alice@jump) (alice@web) Password: ', OWN],
    ["alice@web's password: ", OWN],
    ["alice@jump's password: ", OWN],
    ["alice@jump's password: ", OTHER],
    ['(bob@web) Password: ', OTHER],
    ['Password for alice@web:', OWN],
    ['(alice@web) One-time password: ', OWN],
    ["(alice@web) One-time password (OATH) for `alice': ", OWN],
    ['(alice@web) OTP: ', OWN],
    ['(alice@web) Passcode or option (1-3): ', OWN],
    ['(alice@web) Duo passcode: ', OWN],
    ['(alice@web) Enter your one-time password: ', OWN],
    ['(alice@web) LDAP Password: ', OWN],
    ['(alice@web) New password: ', OWN],
    ['(alice@web) Retype new password: ', OWN],
    ['(alice@web) (current) UNIX password: ', OWN],
    ['(alice@web) Verification code: ', OWN],
    ["Enter passphrase for key '/home/alice/password: ", OWN],
    ["Enter PIN for 'password': ", OWN],
    ['Are you sure you want to continue connecting (yes/no/[fingerprint])? ', OWN],
    ["Please type 'yes', 'no' or the fingerprint: ", OWN],
    ['', OWN],
  ] as const)
    it(`are not: ${text}, from ${from(asker)} ssh`, () => {
      expect(asksForPassword({ text, asker }, LOGIN)).to.equal(false)
    })

  for (const [text, asker, answered] of [
    ['(alice@web) Password: ', OWN, true],
    ['(alice@web) Password: ', OTHER, false],
    ['Password: ', OWN, true],
    ['Password: ', OTHER, false],
  ] as const)
    it(`are ${answered ? '' : 'not '}answered on the way through another host: ${text}, from ${from(asker)} ssh`, () => {
      const login = { ...LOGIN, proxied: true }
      expect(asksForPassword({ text, asker }, login)).to.equal(answered)
    })

  for (const [host, spoken] of [
    ['FD77::11', 'fd77::11'],
    ['fd77:0:0::11', 'fd77::11'],
    ['::ffff:10.0.0.5', '::ffff:10.0.0.5'],
    ['fe80::1%ETH0', 'fe80::1%eth0'],
    ['Web.Example', 'web.example'],
    ['[web]:2222', '[web]:2222'],
  ] as const)
    it(`name ${host} as ${spoken}`, () => {
      const prompt = { text: `(a@b@${spoken}) Password: `, asker: OWN }
      expect(asksForPassword(prompt, { ...LOGIN, user: 'a@b', host })).to.equal(true)
      expect(asksForPassword(prompt, { ...LOGIN, user: 'a', host })).to.equal(false)
    })

  it('are of the login although they ask for something else', () => {
    expect(isOfLogin({ text: '(alice@web) Passcode: ', asker: OWN }, LOGIN)).to.equal(true)
    expect(isOfLogin({ text: '(alice@jump) Passcode: ', asker: OWN }, LOGIN)).to.equal(false)
    expect(isOfLogin({ text: "Enter passphrase for key 'x': ", asker: OTHER }, LOGIN)).to.equal(
      false,
    )
  })

  it('are not answered by who asks, before ssh has started', () => {
    const login = { ...LOGIN, pid: undefined }
    expect(asksForPassword({ text: 'Password: ', asker: Number.NaN }, login)).to.equal(false)
  })
})
