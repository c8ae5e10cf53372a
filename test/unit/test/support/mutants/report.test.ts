import { expect } from 'chai'
import { countsIn, reportOn, sumOf, type Tried } from '../../../../support/mutants/report.ts'

const mutant = (changes: Partial<Tried> = {}): Tried => ({
  file: 'helper/decide.ts',
  line: 7,
  was: 'if (a)',
  becomes: 'if (true)',
  status: 'Survived',
  ...changes,
})
const { file, was, becomes } = mutant()
const LISTED = { file, was, becomes, reason: 'a is always true here' }

const counted = (changes: object) => ({
  ...{ killed: 0, equivalent: 0, survived: 0, undecided: 0 },
  ...changes,
})

describe('The report on mutants', () => {
  it('shows a survivor as a diff with its line, and fails', () => {
    expect(reportOn([mutant(), mutant({ status: 'Killed' })], [])).to.deep.equal({
      text: 'helper/decide.ts:7\n- if (a)\n+ if (true)\n  no test fails\n',
      counts: counted({ killed: 1, survived: 1 }),
      passed: false,
    })
  })

  it('tells a mutant that no test reaches from one that no test kills', () => {
    expect(reportOn([mutant({ status: 'NoCoverage' })], []).text).to.contain('no test reaches it')
  })

  it('counts a mutant as killed that makes a loop endless', () => {
    const endless = mutant({ status: 'Timeout', reason: 'Hit limit reached (501/500)' })
    const { text, counts, passed } = reportOn([endless], [])
    expect([text, counts, passed]).to.deep.equal(['', counted({ killed: 1 }), true])
  })

  it('counts no mutant as killed whose time ran out', () => {
    for (const reason of [undefined, 'too late: a test']) {
      const late = mutant({ status: 'Timeout', reason })
      const { text, counts, passed } = reportOn([late, mutant({ status: 'Killed' })], [])
      expect(text).to.contain('undecided, its time ran out')
      expect([counts, passed]).to.deep.equal([counted({ killed: 1, undecided: 1 }), false])
      expect(reportOn([late], [LISTED])).to.include({ passed: true })
    }
  })

  it('counts a survivor apart that is listed with this change', () => {
    const killed = mutant({ status: 'Killed', becomes: 'if (false)' })
    expect(reportOn([mutant(), killed], [LISTED])).to.deep.equal({
      text: '',
      counts: counted({ killed: 1, equivalent: 1 }),
      passed: true,
    })
    const other = { ...LISTED, becomes: 'if (false)' }
    expect(reportOn([mutant(), killed], [other]).passed).to.equal(false)
  })

  it('fails if the list has what does not survive', () => {
    const { text, passed } = reportOn([mutant({ status: 'Killed' })], [LISTED])
    expect(text).to.match(/^equivalents\.json lists what does not survive:\nhelper\/decide\.ts\n- /)
    expect(passed).to.equal(false)
  })

  it('fails if a mutant could not be tried', () => {
    const broken = mutant({ status: 'RuntimeError', reason: 'it crashed' })
    const { text, counts, passed } = reportOn([broken], [])
    expect(text).to.contain('could not be tried: it crashed')
    expect([counts, passed]).to.deep.equal([counted({ undecided: 1 }), false])
  })

  it('has nothing on texts that are not changed', () => {
    const { text, counts } = reportOn([mutant({ status: 'Ignored', reason: 'a text' })], [])
    expect([text, counts]).to.deep.equal(['', counted({})])
  })

  it('has one line for a source, and one for all', () => {
    const counts = counted({ killed: 3, survived: 1 })
    expect(countsIn('helper/decide.ts', counts, 1.25)).to.equal(
      'helper/decide.ts: 3 killed, 0 equivalent, 1 survived, 0 undecided (1.3 minutes)',
    )
    expect(sumOf([counts, counts, counted({ undecided: 2 })])).to.deep.equal(
      counted({ killed: 6, survived: 2, undecided: 2 }),
    )
  })
})
