import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { isReached } from '../../../bench/aim.ts'
import { readResults } from '../../../bench/results.ts'
import { ABOUT, REASONS, speedPage } from '../../../bench/speed-page.ts'

const PAGE = join(import.meta.dirname, '../../../../docs/speed.md')

describe('docs/speed.md', () => {
  it('is what its results generate', () => {
    expect(readFileSync(PAGE, 'utf8')).to.equal(speedPage(readResults()))
  })

  it('has every section that it is about', () => {
    expect(Object.keys(readResults())).to.include.members(Object.keys(ABOUT))
  })

  it('says why, for each aim that is not reached, and for no other', () => {
    const missed = Object.entries(readResults()).flatMap(([section, { rows }]) =>
      rows.filter(row => isReached(row) === false).map(row => ({ section, name: row.name.trim() })),
    )
    const isAbout = (reason: (typeof REASONS)[number], row: (typeof missed)[number]) =>
      reason.section === row.section && row.name.startsWith(reason.row)
    const unexplained = missed.filter(row => !REASONS.some(reason => isAbout(reason, row)))
    const outdated = REASONS.filter(reason => !missed.some(row => isAbout(reason, row)))
    expect({ unexplained, outdated }).to.deep.equal({ unexplained: [], outdated: [] })
  })
})
