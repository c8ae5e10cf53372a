import { expect } from 'chai'
import { isSameValue } from '../../../../engine/cli/import/same-value.ts'

describe('isSameValue', () => {
  it('takes for the same what servers show in different ways', () => {
    for (const empty of [undefined, null, '', 0, false, [], {}])
      expect(isSameValue(empty, undefined), JSON.stringify(empty)).to.equal(true)
    expect(isSameValue(['b', 'a'], ['a', 'b'])).to.equal(true)
    expect(isSameValue({ rsa: [4096, 2048] }, { rsa: [2048, 4096] })).to.equal(true)
  })

  it('tells apart what differs', () => {
    expect(isSameValue('a', undefined)).to.equal(false)
    expect(isSameValue(1, '1')).to.equal(false)
    expect(isSameValue(['a'], ['a', 'b'])).to.equal(false)
    expect(isSameValue({ a: '' }, { b: '' })).to.equal(false)
  })
})
