import { expect } from 'chai'
import { assert, constantFrom, dictionary, integer, oneof, property, string } from 'fast-check'
import { LONGEST_LINE, lineOf } from '../../../helper/log-line.ts'

const KEYS = [
  ...['decision', 'end', 'ms', 'reason', 'log_problem', 'correlation', 'user', 'from', 'host'],
  ...['engine', 'passed_over', 'role'],
]

/** Text that gets longer when it is escaped, or is long by itself. */
const text = oneof(
  string({ unit: 'binary', maxLength: 4000 }),
  string({
    unit: constantFrom('é', '\n', '"', '\\', '\u0000', '\ud800', '😀', 'x', ' '),
    maxLength: 4000,
  }),
)
const facts = dictionary(constantFrom(...KEYS), oneof(text, integer()), { maxKeys: KEYS.length })

describe('lineOf', () => {
  it('is one line of syslog, whatever it says', () => {
    assert(
      property(facts, given => {
        const line = lineOf(given)
        expect(Buffer.byteLength(line)).to.be.at.most(LONGEST_LINE).and.below(1024)
        expect(line).to.match(/^[\x20-\x7e]*$/)
      }),
      { numRuns: 500 },
    )
  })

  it('can be read in one way only', () => {
    assert(
      property(facts, given => {
        const pair = /^(\w+)=("(?:[^"\\]|\\.)*"|[\w.:/@+-]+)(?: |$)/
        const keys: string[] = []
        let left = lineOf(given)
        for (let found = pair.exec(left); found; found = pair.exec(left)) {
          keys.push(found[1]!)
          if (found[2]!.startsWith('"')) JSON.parse(found[2]!)
          left = left.slice(found[0].length)
        }
        expect(left).to.equal('')
        expect(keys).to.deep.equal(Object.keys(given))
      }),
      { numRuns: 500 },
    )
  })

  it('says short values as they are', () => {
    expect(lineOf({ user: 'al ice', from: '10.1.2.3', ms: 5, role: undefined })).to.equal(
      'user="al ice" from=10.1.2.3 ms=5',
    )
  })

  it('cuts a name that another line is hidden behind', () => {
    const user = `${'é'.repeat(130)}decision=allowed end=allowed user=root from=10.9.9.9 `
    expect(lineOf({ decision: 'denied', user })).to.equal(
      `decision=denied user="${'\\u00e9'.repeat(42)}\\u2026"`,
    )
  })
})
