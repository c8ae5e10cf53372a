import { expect } from 'chai'
import { assert, integer, property, string } from 'fast-check'
import { formatDuration, parseDuration } from '../../../shared/duration.ts'
import { Invalid } from '../../../shared/invalid.ts'

describe('A duration', () => {
  it('is the same after it was written and read', () => {
    assert(
      property(integer({ min: 0, max: 9_223_372_036 }), seconds => {
        expect(parseDuration(formatDuration(seconds))).to.equal(seconds)
        expect(parseDuration(seconds)).to.equal(seconds)
        expect(parseDuration(String(seconds))).to.equal(seconds)
      }),
    )
  })

  it('is a whole number of seconds, or refused', () => {
    assert(
      property(string({ unit: 'grapheme-ascii', maxLength: 12 }), text => {
        try {
          expect(parseDuration(text)).to.satisfy(
            (value: number) => Number.isSafeInteger(value) && value >= 0,
          )
        } catch (error) {
          expect(error).to.be.instanceOf(Invalid)
        }
      }),
    )
  })

  it('is not a hair less for being a sum of fractions', () => {
    expect(parseDuration('0.1h0.1m')).to.equal(366)
    expect(parseDuration('0.7s0.1s0.2s')).to.equal(1)
    expect(parseDuration('2502.1h')).to.equal(9_007_560)
    expect(parseDuration('999999999ns')).to.equal(0)
  })

  it('is at most 292 years', () => {
    expect(parseDuration('2562047h')).to.equal(9_223_369_200)
    for (const text of ['9223372037', '106752d', '1e400', `${'9'.repeat(400)}h`])
      expect(() => parseDuration(text)).to.throw(Invalid)
  })

  it('says which value is negative', () => {
    expect(() => parseDuration('-1h')).to.throw(Invalid, "cannot provide negative value '-1h'")
  })

  it('is written without parts that are zero', () => {
    expect([0, 5, 60, 3600, 5400, 3661].map(formatDuration)).to.deep.equal([
      '0s',
      '5s',
      '1m',
      '1h',
      '1h30m',
      '1h1m1s',
    ])
  })
})
