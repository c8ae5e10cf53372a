import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { isReached } from '../../../bench/aim.ts'
import { readResults } from '../../../bench/results.ts'
import { ABOUT, REASONS, reasonFor, speedPage } from '../../../bench/speed-page.ts'

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
      rows.filter(row => isReached(row) === false).map(row => ({ section, row })),
    )
    const used = missed.map(({ section, row }) => reasonFor(section, row))
    const unexplained = missed.filter((_, at) => used[at] === undefined)
    const outdated = REASONS.filter(reason => !used.includes(reason))
    expect({ unexplained, outdated }).to.deep.equal({ unexplained: [], outdated: [] })
  })
})
