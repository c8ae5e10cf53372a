import { expect } from 'chai'
import { mismatchOf } from '../../../../engine/ssh/otp/mismatch.ts'
import { adviceFor, outcomeText } from '../../../../engine/ui/access/otp-outcome.ts'
import { clockTime } from '../../../../engine/ui/format-time.ts'
import type { IpAddress } from '../../../../shared/address.ts'

describe('What became of a password', () => {
  const time = new Date().toISOString()
  const at = clockTime(new Date(time))
  const used = { state: 'used', time, ip: '10.1.2.3', client_address: '10.0.0.7' } as const

  it('says when, where and from which address it was used', () => {
    expect(outcomeText(used)).to.equal(`Used at ${at} on 10.1.2.3 from 10.0.0.7.`)
  })

  it('names an enrolled host rather than its address', () => {
    expect(outcomeText({ ...used, host: 'web-1' })).to.contain(' on web-1 ')
  })

  it('warns of a password that was presented again', () => {
    const replayed = { ...used, last_replay: { client_address: '192.0.2.1' } }
    expect(outcomeText(replayed)).to.match(/presented again after that, from 192\.0\.2\.1/)
  })

  it('says why it was refused', () => {
    const refused = { state: 'refused', time, host: 'web-1', reason: 'wrong user' } as const
    expect(outcomeText(refused)).to.equal(`Refused at ${at} on web-1: wrong user.`)
  })

  for (const expected of [
    { username: 'root', ip: undefined, roles: undefined },
    { username: undefined, ip: ['10.9.9.9'], roles: undefined },
    { username: undefined, ip: undefined, roles: ['other'] },
  ])
    it(`says what to do where the host expects ${JSON.stringify(expected)}`, () => {
      const login = { username: 'bob', ip: '10.1.2.3' as IpAddress, role: 'web', host: undefined }
      const [reason] = mismatchOf(login, expected) ?? []
      expect(adviceFor(reason)).to.match(/\.$/)
    })
})
