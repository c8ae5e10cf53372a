import { expect } from 'chai'
import { reportOn, type Tried } from '../../../../support/mutants/report.ts'

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

describe('The report on mutants', () => {
  it('shows a survivor as a diff with its line, and fails', () => {
    const { text, passed } = reportOn([mutant(), mutant({ status: 'Killed' })], [])
    expect(text).to.equal(
      'helper/decide.ts:7\n- if (a)\n+ if (true)\n  no test fails\n\n1 killed, 1 survived, 0 equivalent',
    )
    expect(passed).to.equal(false)
  })

  it('tells a mutant that no test reaches from one that no test kills', () => {
    expect(reportOn([mutant({ status: 'NoCoverage' })], []).text).to.contain('no test reaches it')
  })

  it('passes if all are killed, in time or not', () => {
    const tried = [mutant({ status: 'Killed' }), mutant({ status: 'Timeout' })]
    const { text, passed } = reportOn(tried, [])
    expect(text).to.match(/too long\n\n2 killed, 0 survived, 0 equivalent$/)
    expect(passed).to.equal(true)
  })

  it('counts a survivor apart that is listed with this change', () => {
    const killed = mutant({ status: 'Killed', becomes: 'if (false)' })
    expect(reportOn([mutant(), killed], [LISTED])).to.deep.equal({
      text: '1 killed, 0 survived, 1 equivalent',
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

  it('fails if a mutant could not be tried, or none was', () => {
    const broken = mutant({ status: 'RuntimeError', reason: 'it crashed' })
    const { text, passed } = reportOn([broken, mutant({ status: 'Killed' })], [])
    expect(text).to.contain('could not be tried: it crashed')
    expect(passed).to.equal(false)
    expect(reportOn([], []).passed).to.equal(false)
  })
})
