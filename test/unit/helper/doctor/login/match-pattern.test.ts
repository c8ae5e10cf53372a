import { expect } from 'chai'
import { matchesList, matchesUser } from '../../../../../helper/doctor/login/match-pattern.ts'

const alice = { user: 'alice', from: '10.1.2.3' }

describe('A pattern of AllowUsers', () => {
  for (const [pattern, matches] of [
    ['alice', true],
    ['ali*', true],
    ['?lice', true],
    ['Alice', false],
    ['alic', false],
    ['alice@10.1.2.3', true],
    ['alice@10.1.*', true],
    ['alice@10.1.0.0/16', true],
    ['alice@10.2.0.0/16', false],
    ['alice@10.1.2.3/99', false],
    ['*@192.168.*', false],
    ['a.ice', false],
  ] as const)
    it(`${pattern} ${matches ? 'matches' : 'does not match'} alice from 10.1.2.3`, () => {
      expect(matchesUser(alice, pattern)).to.equal(matches)
    })

  it('matches as a list unless a negated one does', () => {
    const matches = (...patterns: readonly string[]) =>
      matchesList(patterns, pattern => matchesUser(alice, pattern))
    expect(matches('bob', 'ali*')).to.equal(true)
    expect(matches('!alice', '*')).to.equal(false)
    expect(matches('!bob')).to.equal(false)
  })
})
