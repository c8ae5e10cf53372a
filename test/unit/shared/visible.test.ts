import { expect } from 'chai'
import { escaped, escapedYaml, visible } from '../../../shared/visible.ts'

const ODD = '\u001b]0;x\u0007\u009b2J\u007f\rb\u202e\u2028\u{e0001}\ud83d'

describe('A text for a terminal', () => {
  it('escapes control characters', () => {
    expect(visible(ODD)).to.equal('\\x1b]0;x\\x07\\x9b2J\\x7f\\x0db\\u202e\\u2028\\u{e0001}\\ud83d')
  })

  it('keeps lines, tabs and what people write', () => {
    const text = 'a\tb\r\nc\n é ß 漢 😀 عربي\n'
    expect(visible(text)).to.equal(text)
  })

  it('loses nothing as JSON', () => {
    const json = escaped(JSON.stringify(ODD))
    expect(visible(json)).to.equal(json)
    expect(JSON.parse(json)).to.equal(ODD)
  })

  it('has no halves of characters in YAML', () => {
    expect(escapedYaml('"\u{e0001}\u009b"')).to.equal('"\\U000e0001\\u009b"')
  })
})
