import { expect } from 'chai'
import { equivalents } from '../../../../support/mutants/equivalents.ts'
import { diffOf, mutantOf } from '../../../../support/mutants/mutant.ts'

describe('A mutant', () => {
  it('is shown with the whole lines that it changes', () => {
    const root = new URL('../../../../..', import.meta.url).pathname.replace(/\/$/, '')
    const mutant = mutantOf(
      {
        fileName: `${root}/shared/signed-text.ts`,
        replacement: '/* */',
        location: { start: { line: 1, column: 1 }, end: { line: 1, column: 4 } },
      },
      root,
    )
    expect(mutant).to.deep.equal({
      ...{ file: 'shared/signed-text.ts', line: 1 },
      ...{ was: '/**', becomes: '/* */' },
    })
    expect(diffOf(mutant)).to.equal('shared/signed-text.ts:1\n- /**\n+ /* */')
  })

  it('is listed as equivalent with a reason only', () => {
    expect(
      equivalents([{ file: 'a', was: 'b', becomes: 'c', reason: 'it is the same' }]),
    ).to.have.length(1)
    for (const reason of ['', 'no', undefined])
      expect(() => equivalents([{ file: 'a', was: 'b', becomes: 'c', reason }])).to.throw(
        /no reason for a: c/,
      )
  })

  it('is listed with reasons in the list that there is', () => {
    equivalents()
  })
})
