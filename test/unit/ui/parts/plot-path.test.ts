import { expect } from 'chai'
import { pathOf, ticksTo } from '../../../../engine/ui/parts/plot-path.ts'

describe('A plot', () => {
  const drawing = { width: 100, height: 50, top: 10 }

  it('is a line through its values, from left to right', () => {
    expect(pathOf([0, 5, 10], drawing)).to.equal('M0.0 50.0L50.0 25.0L100.0 0.0')
  })

  it('is broken where there is no value', () => {
    expect(pathOf([10, null, 0], drawing)).to.equal('M0.0 0.0M100.0 50.0')
  })

  it('of a single value is a point', () => {
    expect(pathOf([10], drawing)).to.equal('M0.0 0.0')
  })

  for (const [highest, ticks] of [
    [1, [0, 0.5, 1]],
    [7, [0, 2, 4, 6, 8]],
    [0.03, [0, 0.01, 0.02, 0.03]],
    [40, [0, 10, 20, 30, 40]],
    [1234, [0, 500, 1000, 1500]],
  ] as const)
    it(`to ${highest} has lines at ${ticks.join(', ')}`, () => {
      expect(ticksTo(highest)).to.deep.equal(ticks)
    })
})
