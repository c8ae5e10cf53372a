import { expect } from 'chai'
import { printableJson } from '../../../shared/printable-json.ts'

describe('printableJson', () => {
  it('is the same value without a character that a terminal may obey', () => {
    const all = String.fromCharCode(
      ...Array.from({ length: 0x100 }, (_, code) => code),
      0x2028,
      0x2029,
    )
    const json = printableJson({ [all]: [all] })
    expect(JSON.parse(json)).to.deep.equal({ [all]: [all] })
    expect(json).to.not.match(/[\p{Cc}\u2028\u2029]/u)
  })
})
