import { expect } from 'chai'
import type { Outcome } from '../../../chaos/asked.ts'
import {
  type Attempt,
  judgePassword,
  judgeRegister,
  judgeRevocable,
  type Password,
} from '../../../chaos/history.ts'

const attempt = (outcome: Outcome, began: number, ended = began + 1): Attempt => ({
  outcome,
  began,
  ended,
})
const password = (attempts: Attempt[], revocation?: Attempt): Password => ({
  otp: 'otp',
  lease: 'lease',
  attempts,
  ...(revocation && { revocation }),
})
const kinds = (of: Password) => judgePassword(of).map(({ kind }) => kind)

describe('The judge of a password', () => {
  const SOUND: Readonly<Record<string, Password>> = {
    'redeemed once': password([attempt('done', 1), attempt('refused', 3)]),
    'presented twice at once': password([attempt('refused', 1, 5), attempt('done', 2, 6)]),
    'refused before the other answer came': password([
      attempt('done', 1, 9),
      attempt('refused', 2, 3),
    ]),
    'used up by a request without an answer': password([
      attempt('unknown', 1),
      attempt('refused', 3),
    ]),
    'still valid after a request without an answer': password([
      attempt('unknown', 1),
      attempt('done', 3),
      attempt('refused', 5),
    ]),
    'still valid after a request that was never sent': password([
      attempt('unsent', 1),
      attempt('done', 3),
    ]),
    revoked: password([attempt('refused', 3)], attempt('done', 1)),
    'perhaps revoked, and valid': password([attempt('done', 3)], attempt('unknown', 1)),
    'perhaps revoked, and gone': password([attempt('refused', 3)], attempt('unknown', 1)),
    'redeemed before it was revoked': password([attempt('done', 1, 4)], attempt('done', 2, 3)),
  }
  for (const [name, each] of Object.entries(SOUND))
    it(`finds nothing wrong when it is ${name}`, () => {
      expect(judgePassword(each)).to.deep.equal([])
    })

  const UNSOUND: Readonly<Record<string, readonly [Password, readonly string[]]>> = {
    'that is redeemed twice': [
      password([attempt('done', 1), attempt('done', 3), attempt('refused', 5)]),
      ['spent twice'],
    ],
    'that is redeemed twice at once': [
      password([attempt('done', 1, 4), attempt('done', 2, 3)]),
      ['spent twice'],
    ],
    'that is redeemed after it was refused': [
      password([attempt('unknown', 1), attempt('refused', 3), attempt('done', 5)]),
      ['spent twice'],
    ],
    'that is not known': [password([attempt('refused', 1)]), ['lost']],
    'that is refused before it was used': [
      password([attempt('refused', 1, 2), attempt('unknown', 3)]),
      ['lost'],
    ],
    'that was never sent, and is refused': [
      password([attempt('unsent', 1), attempt('refused', 3)]),
      ['lost'],
    ],
    'that is redeemed after its revocation': [
      password([attempt('done', 3)], attempt('done', 1)),
      ['lost'],
    ],
  }
  for (const [name, [each, found]] of Object.entries(UNSOUND))
    it(`finds one ${name}`, () => {
      expect(kinds(each)).to.deep.equal(found)
    })
})

describe('The judge of a password whose commit was seen, and lost with a primary', () => {
  it('lets it be valid after it was refused, but still once', () => {
    const attempts = [attempt('unknown', 1), attempt('refused', 3), attempt('done', 5)]
    expect(judgePassword(password(attempts), true)).to.deep.equal([])
    expect(judgePassword(password([...attempts, attempt('done', 7)]), true)).to.have.length(1)
    expect(judgePassword(password(attempts.slice(1)), true)).to.have.length(1)
  })
})

describe('The judge of a certificate or token', () => {
  const of = (revocation?: Attempt) => ({ path: 'it', ...(revocation && { revocation }) })

  it('wants it valid until its revocation, and not after', () => {
    expect(judgeRevocable(of(), true)).to.deep.equal([])
    expect(judgeRevocable(of(attempt('done', 1)), false)).to.deep.equal([])
    expect(judgeRevocable(of(), false)).to.have.length(1)
    expect(judgeRevocable(of(attempt('done', 1)), true)).to.have.length(1)
    expect(judgeRevocable(of(attempt('unsent', 1)), false)).to.have.length(1)
  })

  it('takes either after a revocation without an answer', () => {
    for (const isValid of [true, false])
      expect(judgeRevocable(of(attempt('unknown', 1)), isValid)).to.deep.equal([])
  })
})

describe('The judge of a role or policy', () => {
  const register = { path: 'it', acknowledged: 3, pending: [4] }

  it('takes the last value that was acknowledged, or one without an answer', () => {
    for (const value of [3, 4]) expect(judgeRegister(register, value)).to.deep.equal([])
  })

  it('finds an older value, and one that is absent', () => {
    for (const value of [2, 0])
      expect(judgeRegister(register, value)[0]?.what).to.equal(`3 was written, ${value} was read`)
  })
})
