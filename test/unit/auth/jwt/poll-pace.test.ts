import { expect } from 'chai'
import { PollPace } from '../../../../engine/auth/jwt/poll-pace.ts'

const client = { mount: 'm', address: '192.0.2.1' }

describe('PollPace', () => {
  it('lets a login poll again when its interval has passed, even if the last poll was slow on its way', () => {
    const pace = new PollPace()
    const poll = (now: number) => pace.allows({ ...client, state: 's', interval: 5 }, now)
    expect([poll(0), poll(4499), poll(4501), poll(9000), poll(9001)]).to.deep.equal([
      ...[true, false, true, false, true],
    ])
  })

  it('holds each network to a rate, however many logins it has begun', () => {
    const pace = new PollPace()
    const poll = (state: string, address: string) =>
      pace.allows({ mount: 'm', address, state, interval: 5 }, 0)
    const allowed = Array.from({ length: 100 }, (_, at) => poll(`s${at}`, '192.0.2.1'))
    expect(allowed.filter(Boolean)).to.have.length(60)
    expect(poll('other', '198.51.100.1')).to.equal(true)
  })
})
