import { expect } from 'chai'
import { isReached } from '../../../bench/aim.ts'
import { cases } from '../../../support/cases.ts'

describe('An aim', () => {
  const row = { name: 'a row', amount: 49.96, unit: 'MiB', ratio: 0.598 }

  for (const [aim, reached] of cases([
    ['>= 0.6', true],
    ['>= 0.61', false],
    ['<= 1.06 x that', true],
    ['<= 0.59', false],
    ['<= 50 MiB', true],
    ['<= 49 MiB', false],
    ['<= bao status', true],
    ['>= that', false],
  ] as const))
    it(`of ${aim} is ${reached ? 'reached' : 'not reached'} by what is shown as 0.60 and 50.0 MiB`, () => {
      expect(isReached({ ...row, aim })).to.equal(reached)
    })

  it('is not needed', () => {
    expect(isReached({ ...row, aim: undefined })).to.equal(undefined)
  })

  it('is refused when nobody can tell what it says', () => {
    expect(() => isReached({ ...row, aim: 'fast' })).to.throw('a row: fast is no aim')
  })
})
