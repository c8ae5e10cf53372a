import { expect } from 'chai'
import { isHelpText } from '../../../../support/mutants/is-help-text.ts'

const property = (name: string) => ({ type: 'ObjectProperty', key: { name } })
const object = (...names: readonly string[]) => ({
  type: 'ObjectExpression',
  properties: names.map(property),
})

describe('What only help shows, and is no mutant', () => {
  it('is a description and a summary', () => {
    for (const name of ['description', 'summary'])
      expect(isHelpText({ node: property(name) })).to.equal(true)
    for (const node of [property('default'), object(), undefined])
      expect(isHelpText({ node })).to.equal(false)
  })

  it('is an object of nothing else', () => {
    expect(isHelpText({ node: object('description') })).to.equal(true)
    expect(isHelpText({ node: object('description', 'default') })).to.equal(false)
  })

  it('is whether a described field is required', () => {
    const node = property('required')
    expect(isHelpText({ node, parent: object('required', 'description') })).to.equal(true)
    expect(isHelpText({ node, parent: object('required', 'default') })).to.equal(false)
  })
})
