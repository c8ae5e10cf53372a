import { expect } from 'chai'
import { type Expected, mismatchOf } from '../../../../engine/ssh/otp/mismatch.ts'

const AT = { username: 'alice', host: undefined, ip: '10.1.2.3', role: 'ops' }
const FOR = { ...AT, host: 'web-1', ip: '' }
const NONE: Expected = { username: undefined, ip: undefined, roles: undefined }
const USER = ['OTP was issued for another username', 'other username']
const IP = ['OTP was issued for another ip', 'other ip']
const ROLE = ['OTP was issued for a role that is not allowed on this host', 'other role']

describe('What a host expects of a password', () => {
  for (const [expected, login] of [
    [{}, AT],
    [{ username: 'alice', ip: ['10.1.2.3'], roles: ['ops'] }, AT],
    [{ ip: ['192.0.2.1', '::ffff:10.1.2.3'], roles: ['dev', 'ops'] }, AT],
    [{ username: 'alice', ip: ['192.0.2.1'], roles: ['ops'] }, FOR],
    [{ ip: [] }, FOR],
  ] as const)
    it(`may be ${JSON.stringify(expected)}, for ${login.host ?? login.ip}`, () => {
      expect(mismatchOf(login, { ...NONE, ...expected })).to.equal(undefined)
    })

  for (const [expected, mismatch] of [
    [{ username: 'bob' }, USER],
    [{ username: '' }, USER],
    [{ username: 'bob', ip: [], roles: [] }, USER],
    [{ ip: ['10.1.2.4', 'x'] }, IP],
    [{ ip: [] }, IP],
    [{ ip: ['10.1.2.4'], roles: [] }, IP],
    [{ roles: ['dev', 'op'] }, ROLE],
    [{ roles: [] }, ROLE],
    [{ username: 'alice', ip: ['10.1.2.3'], roles: ['*'] }, ROLE],
  ] as const)
    it(`is not met: ${JSON.stringify(expected)}`, () => {
      expect(mismatchOf(AT, { ...NONE, ...expected })).to.deep.equal(mismatch)
    })

  it('is not met by an address that is none, where the password has none', () => {
    expect(mismatchOf({ ...AT, ip: 'x' }, { ...NONE, ip: ['x'] })).to.deep.equal(IP)
  })
})
