import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { DEFAULTS } from '../../../simulate/assumptions.ts'
import { HELP, readFlags } from '../../../simulate/flags.ts'
import { cases } from '../../../support/cases.ts'

const WRONG: readonly (readonly [string, RegExp])[] = [
  ['-host=3', /no flag -host; did you mean -hosts\?/],
  ['-hosts=many', /-hosts must be a number of at least 1, not "many"/],
  ['-hosts=0', /at least 1/],
  ['-format=xml', /table or json/],
  ['hosts', /hosts is no flag/],
]

describe('The flags of npm run simulate', () => {
  it('have defaults', () => {
    expect(readFlags([])).to.deep.include({ assumed: DEFAULTS, format: 'table' })
  })

  it('are read', () => {
    const { assumed, format } = readFlags(['-hosts=5', '--logins', '7', '-format=json'])
    expect({ ...assumed, format }).to.deep.include({ hosts: 5, logins: 7, format: 'json' })
  })

  for (const [flag, message] of cases(WRONG))
    it(`name what is wrong with ${flag}`, () => {
      expect(() => readFlags([flag])).to.throw(message)
    })

  it('are those of the examples in help and page', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/scale.md'), 'utf8')
    const examples = [...`${HELP}${page}`.matchAll(/^ {4}npm run simulate -- (-.*)$/gm)]
    expect(examples.length).to.be.greaterThan(2)
    for (const [, words = ''] of examples) readFlags(words.split(' '))
  })

  it('are each in the help', () => {
    for (const name of Object.keys(DEFAULTS)) expect(HELP).to.include(`-${name}=`)
  })
})
