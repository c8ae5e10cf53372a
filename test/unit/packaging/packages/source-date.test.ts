import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { sourceDate } from '../../../../packaging/packages/source-date.ts'

describe('The time of a release', () => {
  it('is SOURCE_DATE_EPOCH', () => {
    const date = sourceDate({ SOURCE_DATE_EPOCH: '1000000000' })
    expect(date.toISOString()).to.equal('2001-09-09T01:46:40.000Z')
  })

  it('is that of the commit otherwise', () => {
    const seconds = execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8' }).trim()
    expect(sourceDate({}).getTime()).to.equal(Number(seconds) * 1000)
  })

  for (const wrong of ['', 'now', '-1', '1.5', '1e9'])
    it(`is not "${wrong}"`, () => {
      expect(() => sourceDate({ SOURCE_DATE_EPOCH: wrong })).to.throw('not a number of seconds')
    })
})
