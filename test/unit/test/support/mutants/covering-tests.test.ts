import { expect } from 'chai'
import { coveringTests, sourcesIn } from '../../../../support/mutants/covering-tests.ts'

describe('The tests that cover a source', () => {
  it('are its own, and those that import it', () => {
    const tests = coveringTests('helper/decide.ts')
    expect(tests[0]).to.equal('test/unit/helper/decide.test.ts')
    expect(tests).not.to.include('test/unit/helper/decoy.test.ts')
    expect(coveringTests('shared/verify-signature.ts')).to.include(
      'test/unit/helper/check-signature.test.ts',
    )
  })

  it('are those of its folder where a source of the engine has none of its own', () => {
    expect(coveringTests('engine/ssh/otp/describe-key-set.ts')).to.include(
      'test/unit/ssh/otp/verify-paths.test.ts',
    )
  })

  it('must be there', () => {
    expect(() => coveringTests('helper/nothing.ts')).to.throw(/no test .* helper\/nothing\.ts/)
  })
})

describe('The sources that are named', () => {
  it('are files, and all files of a folder', () => {
    expect(sourcesIn(['helper/decide.ts'])).to.deep.equal(['helper/decide.ts'])
    expect(sourcesIn(['./engine/ssh', 'engine/ssh/engine.ts'])).to.include.members([
      'engine/ssh/engine.ts',
      'engine/ssh/otp/otps.ts',
    ])
  })

  it('must be there', () => {
    expect(() => sourcesIn(['helper/nothing.ts'])).to.throw(/nothing\.ts/)
  })
})
