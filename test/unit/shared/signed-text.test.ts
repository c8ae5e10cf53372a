import { expect } from 'chai'
import { array, assert, property, string } from 'fast-check'
import { signedText } from '../../../shared/signed-text.ts'

describe('A text to be signed', () => {
  it('counts the bytes of each part', () => {
    expect(signedText('heading-v1', ['a', '', 'ü\n1:b']).toString()).to.equal(
      'heading-v1\n1:a\n0:\n6:ü\n1:b\n',
    )
  })

  it('is another one for every other list of parts', () => {
    const parts = array(string({ unit: 'binary' }), { maxLength: 5 })
    assert(
      property(parts, parts, (one, other) => {
        const [a, b] = [signedText('h', one), signedText('h', other)]
        expect(a.equals(b)).to.equal(JSON.stringify(one) === JSON.stringify(other))
      }),
      { numRuns: 500 },
    )
  })

  it('is another one where the borders of the parts are others', () => {
    const texts = [['ab', 'c'], ['a', 'bc'], ['abc', ''], ['abc'], ['1:a\n', 'bc'], ['', 'abc']]
    expect(new Set(texts.map(parts => signedText('h', parts).toString())).size).to.equal(6)
  })
})
