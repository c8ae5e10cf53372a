import { expect } from 'chai'
import { columns, fittedTable, table } from '../../../engine/cli/table.ts'
import { fieldText, quotedList, valueText } from '../../../engine/cli/value-text.ts'

describe('Tables', () => {
  it('line up, with the head underlined', () => {
    const rows = [
      ['lease_id', 'ssh/creds/web/1'],
      ['ip', ''],
      ['größe', 'x'],
    ]
    expect(table(['Key', 'Value'], rows)).to.equal(
      `
Key         Value
---         -----
lease_id    ssh/creds/web/1
ip          n/a
größe       x`.trimStart(),
    )
  })

  it('put each row in lines of its own where the terminal is too narrow', () => {
    const rows = [
      ['one', '10.1.2.3'],
      ['two', '10.1.2.4'],
    ]
    expect(fittedTable(['Name', 'Host'], rows, 20)).to.equal(table(['Name', 'Host'], rows))
    expect(fittedTable(['Name', 'Host'], rows, 12)).to.equal(
      'Name    one\nHost    10.1.2.3\n\nName    two\nHost    10.1.2.4',
    )
  })

  it('keep the lines of a value', () => {
    expect(table(['Key', 'Value'], [['key', 'one\ntwo']])).to.equal(
      'Key    Value\n---    -----\nkey    one\ntwo',
    )
  })

  it('show what would steer the terminal', () => {
    expect(columns([['\u001b[2Ja', 'b\u0007\u009b']], ' ')).to.equal('\\x1b[2Ja b\\x07\\x9b')
  })
})

describe('Values in a table', () => {
  for (const [value, text] of [
    ['text', 'text'],
    [true, 'true'],
    [22, '22'],
    [null, '<nil>'],
    [['a', 'b'], '[a b]'],
    [[], '[]'],
    [{ b: 1, a: [true, null] }, 'map[a:[true <nil>] b:1]'],
    [{}, 'map[]'],
  ] as const)
    it(`show ${JSON.stringify(value)} as Go does`, () => {
      expect(valueText(value)).to.equal(text)
    })

  for (const [name, value, text] of [
    ['ttl', 5400, '1h30m'],
    ['max_ttl', 2_764_800, '768h'],
    ['lease_duration', 90, '1m30s'],
    ['period', 0, '0s'],
    ['token_period', 3605, '1h5s'],
    ['ttl', '30m', '30m'],
    ['port', 3600, '3600'],
    ['battlement', 3600, '3600'],
  ] as const)
    it(`show ${name} ${value} as ${text}`, () => {
      expect(fieldText(name, value)).to.equal(text)
    })

  it('quote the items of a list of policies', () => {
    expect([['a', 'b c'], [], null].map(quotedList)).to.deep.equal(['["a" "b c"]', '[]', '[]'])
  })
})
