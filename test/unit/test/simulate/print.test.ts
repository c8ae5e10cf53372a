import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { DEFAULTS } from '../../../simulate/assumptions.ts'
import { costsFrom, MEASURED } from '../../../simulate/costs.ts'
import { tablesOf } from '../../../simulate/print.ts'
import { reportOf } from '../../../simulate/report.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../../../docs/scale.md'), 'utf8')

describe('The tables of docs/scale.md', () => {
  it('are those that npm run simulate prints', () => {
    const tables = Object.values(tablesOf(reportOf(DEFAULTS, costsFrom())))
    expect(tables.length).to.equal(6)
    for (const table of tables) expect(PAGE).to.include(table)
  })

  it('have every measured cost and its source', () => {
    for (const { amount, unit, source, load } of Object.values(MEASURED))
      expect(PAGE).to.include(`| ${unit} | ${amount} | ${source} | ${load} |`)
  })
})
