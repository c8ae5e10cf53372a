import { expect } from 'chai'
import { asksForPassword } from '../../../engine/cli/ssh/prompt.ts'

const LOGIN = { user: 'alice', host: 'web', pid: 100 }
const [OWN, OTHER] = [100, 200]

describe('Prompts of ssh', () => {
  for (const [text, asker] of [
    ['(alice@web) Password: ', OWN],
    ['(alice@web) Password: ', OTHER],
    ['(alice@web) One-time password: ', OTHER],
    ["alice@web's password: ", OTHER],
    ['Password: ', OWN],
    ['Password for alice@web:', OWN],
    ['(alice@web) OTP: ', OWN],
  ] as const)
    it(`are answered with the password: ${text}, from ${asker === OWN ? 'our' : 'another'} ssh`, () => {
      expect(asksForPassword({ text, asker }, LOGIN)).to.equal(true)
    })

  for (const [text, asker] of [
    ['Password: ', OTHER],
    ['(alice@jump) Password: ', OTHER],
    ['(alice@jump) Password: ', OWN],
    ["alice@jump's password: ", OWN],
    ["alice@jump's password: ", OTHER],
    ['(bob@web) Password: ', OTHER],
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
    it(`are not: ${text}, from ${asker === OWN ? 'our' : 'another'} ssh`, () => {
      expect(asksForPassword({ text, asker }, LOGIN)).to.equal(false)
    })

  it('are not answered by who asks, before ssh has started', () => {
    const login = { ...LOGIN, pid: undefined }
    expect(asksForPassword({ text: 'Password: ', asker: Number.NaN }, login)).to.equal(false)
  })
})
