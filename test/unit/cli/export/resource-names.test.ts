import { expect } from 'chai'
import { ResourceNames } from '../../../../engine/cli/export/resource-names.ts'

describe('ResourceNames', () => {
  it('makes names that Terraform accepts, each once for a type', () => {
    const names = new ResourceNames()
    expect(names.nameFor('a', 'team/ssh/')).to.equal('team_ssh')
    expect(names.nameFor('a', 'team', 'ssh')).to.equal('team_ssh_2')
    expect(names.nameFor('b', 'team', 'ssh')).to.equal('team_ssh')
    expect(names.nameFor('a', '1 ü"{}')).to.equal('_1_____')
  })
})
