import { expect } from 'chai'
import { wordFor } from '../../../engine/ui/word-for.ts'

describe('A word for a name', () => {
  const words = { 'permit-pty': 'a terminal' }

  it('is the one that the page has', () => {
    expect(wordFor(words, 'permit-pty')).to.equal('a terminal')
  })

  for (const name of ['', 'permit-x', 'constructor', 'toString', '__proto__'])
    it(`is none for ${JSON.stringify(name)}`, () => {
      expect(wordFor(words, name)).to.equal(undefined)
    })
})
