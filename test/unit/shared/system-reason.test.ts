import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { systemReason } from '../../../shared/system-reason.ts'

const reasonOf = (work: () => unknown) => {
  try {
    return work()
  } catch (error) {
    return systemReason(error)
  }
}

describe('The reason of an error of the system', () => {
  it('is said without its number, the call and the path', () => {
    expect(reasonOf(() => readFileSync('/no/such'))).to.equal('no such file or directory')
    expect(reasonOf(() => readFileSync('/'))).to.equal('illegal operation on a directory')
  })

  it('is the message of any other error', () => {
    expect(systemReason(new Error('it is torn'))).to.equal('it is torn')
    expect(systemReason('torn')).to.equal('torn')
  })
})
