import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { TIMERS, timerRate } from '../../../simulate/assumptions.ts'
import { cases } from '../../../support/cases.ts'

const UNITS = join(import.meta.dirname, '../../../../packaging/systemd')

describe('The timers of the model', () => {
  for (const [name, timer] of cases(Object.entries(TIMERS)))
    it(`are those of the unit postern-${name}.timer`, () => {
      const unit = readFileSync(join(UNITS, `postern-${name}.timer`), 'utf8')
      expect(unit).to.match(new RegExp(`^OnUnitActiveSec=${timer.every}s$`, 'm'))
      expect(unit).to.match(new RegExp(`^RandomizedDelaySec=${timer.jitter}s$`, 'm'))
    })

  it('add half of their jitter in the mean', () => {
    expect(timerRate({ every: 60, jitter: 10 })).to.equal(1 / 65)
  })
})
