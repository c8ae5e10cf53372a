import { expect } from 'chai'
import { errorText } from '../../../../engine/ui/api/error-text.ts'

describe('What the page says of an error', () => {
  it('is what the engine says, without the frame around one error', () => {
    const errors = ['1 error occurred:\n\t* permission denied\n\n']
    expect(errorText({ errors })).to.equal('permission denied')
  })

  it('names each of several', () => {
    const errors = ['missing role', '2 errors occurred:\n\t* one\n\t* two\n\n']
    expect(errorText({ errors })).to.match(/^missing role; 2 errors occurred:\s+\* one\s+\* two$/)
  })

  for (const body of [undefined, null, 'x', [], { errors: [] }, { errors: 'x' }])
    it(`is left to the status of a reply ${JSON.stringify(body)}`, () => {
      expect(errorText(body)).to.equal(undefined)
    })
})
