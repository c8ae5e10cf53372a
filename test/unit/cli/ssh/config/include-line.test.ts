import { expect } from 'chai'
import { withInclude, withoutInclude } from '../../../../../engine/cli/ssh/config/include-line.ts'

const LINE = 'Include postern.conf'
const OWN = 'Host web\n  User ubuntu\n'

describe('The line that includes the blocks', () => {
  it('comes first', () => expect(withInclude(OWN, LINE)).to.equal(`${LINE}\n${OWN}`))

  it('comes first again if something was put before it', () =>
    expect(withInclude(`Host b\n${LINE}\n`, LINE)).to.equal(`${LINE}\nHost b\n`))

  it('is there once', () =>
    expect(withInclude(withInclude(OWN, LINE), LINE)).to.equal(`${LINE}\n${OWN}`))

  it('is taken back', () => expect(withoutInclude(withInclude(OWN, LINE), LINE)).to.equal(OWN))
})
