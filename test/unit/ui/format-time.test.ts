import { expect } from 'chai'
import { age, clockTime, countdown, timeOf } from '../../../engine/ui/format-time.ts'

describe('Times in the page', () => {
  const now = new Date('2030-05-06T12:00:00')

  it('have no date today', () => {
    expect(clockTime(new Date('2030-05-06T14:03:07'), now)).to.equal('14:03:07')
  })

  it('have a date on other days', () => {
    expect(clockTime(new Date('2030-05-07T00:03:07'), now)).to.equal('2030-05-07 00:03:07')
  })

  it('that the API does not have are not shown', () => {
    expect([timeOf(undefined), timeOf(null), timeOf('')]).to.deep.equal(Array(3).fill(undefined))
    expect(timeOf('2030-05-06T12:00:00Z')).to.match(/^2030-05-06 \d\d:00:00$/)
  })

  for (const [seconds, shown] of [
    [-3, '0:00'],
    [0.2, '0:01'],
    [65, '1:05'],
    [3600, '1:00:00'],
    [7384, '2:03:04'],
  ] as const)
    it(`count ${seconds} seconds down as ${shown}`, () => {
      expect(countdown(seconds)).to.equal(shown)
    })

  for (const [seconds, shown] of [
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [7199, '1 h'],
    [200_000, '2 d'],
  ] as const)
    it(`tell an age of ${seconds} seconds as ${shown}`, () => {
      expect(age(seconds)).to.equal(shown)
    })
})
