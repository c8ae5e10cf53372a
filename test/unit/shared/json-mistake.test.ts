import { expect } from 'chai'
import { jsonMistake } from '../../../shared/json-mistake.ts'

describe('The first mistake in JSON', () => {
  for (const [text, line, column, cutShort] of [
    ['', 1, 1, true],
    ['{"a": 1,}', 1, 9, false],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, false],
    ['{"a": [1, 2}', 1, 12, false],
    ['{"a": tru}', 1, 7, false],
    ["{'a': 1}", 1, 2, false],
    ['{"a" 1}', 1, 2, false],
    ['{"a": {"b": [{}, []], "c": -1.5e3}', 1, 35, true],
    ['{"a": 1} {', 1, 10, false],
    ['{"a": 1}\n\nmore', 3, 1, false],
    ['{"a": 01}', 1, 8, false],
    ['{"a": "\\x"}', 1, 7, false],
    ['hunter2', 1, 1, false],
  ] as const)
    it(`is found in ${JSON.stringify(text)}`, () => {
      expect(() => JSON.parse(text)).to.throw(SyntaxError)
      expect(jsonMistake(text)).to.deep.equal({ line, column, cutShort })
    })

  it('is found behind very long texts and in deep nesting', () => {
    const long = `{"a": "${'x'.repeat(3_000_000)}",\n"b": }`
    expect(jsonMistake(long)).to.deep.equal({ line: 2, column: 6, cutShort: false })
    expect(jsonMistake('['.repeat(100_000))).to.include({ column: 100_001, cutShort: true })
  })
})
