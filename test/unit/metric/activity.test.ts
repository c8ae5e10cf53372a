import { expect } from 'chai'
import { Activity } from '../../../engine/metric/activity.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000)

const REQUEST = { mount: 'ssh/', path: 'creds/:role', status: 200, seconds: 0.01, waits: false }

/** What one sample says of these requests. */
function sampleOf(requests: readonly Partial<typeof REQUEST>[]) {
  const activity = new Activity()
  for (const each of requests) activity.answered({ ...REQUEST, ...each })
  activity.sample(at(10))
  return activity.since('')[0]
}

describe('The activity of a process', () => {
  it('counts requests, errors and the logins to the server', () => {
    const login = { mount: 'auth/userpass/', path: 'login/:username' }
    const oidc = { mount: 'auth/oidc/', path: 'oidc/poll' }
    const sample = sampleOf([
      {},
      { status: 503 },
      login,
      { ...login, status: 400 },
      { ...login, status: 429 },
      // not confirmed yet
      { ...oidc, status: 400 },
      oidc,
      { ...oidc, path: 'oidc/callback', status: 403 },
      { mount: 'ssh/', path: 'login' },
    ])
    expect(sample).to.deep.include({ requests: 9, errors: 1, logins: 2, logins_failed: 2 })
  })

  it('counts what was issued, used and refused', () => {
    const activity = new Activity()
    for (const name of ['otp_issued', 'otp_issued', 'otp_refused', 'krl_fetched'] as const)
      activity.happened({ name })
    activity.sample(at(10))
    expect(activity.since('')[0]).to.deep.include({
      otp_issued: 2,
      otp_refused: 1,
      otp_verified: 0,
    })
  })

  it('tells how long requests took, but not how long they waited', () => {
    const many = Array.from({ length: 99 }, () => ({}))
    const latency = sampleOf([...many, { seconds: 1 }, { seconds: 30, waits: true }])?.latency
    expect(latency?.p50).to.be.within(0.01, 0.0115)
    expect(latency?.p95).to.equal(latency?.p50)
    expect(latency?.p99).to.equal(latency?.p50)
    expect(sampleOf([{ seconds: 1 }])?.latency.p99).to.be.within(1, 1.15)
    expect(sampleOf([])?.latency).to.deep.equal({ p50: null, p95: null, p99: null })
  })

  it('has an hour of samples, and gives those that are new', () => {
    const activity = new Activity()
    for (let number = 1; number <= 400; number++) {
      if (number % 2 === 0) activity.answered(REQUEST)
      activity.sample(at(number * 10))
    }
    const all = activity.since('')
    expect(all).to.have.length(360)
    expect(all.at(-1)).to.deep.include({ time: at(4000).toISOString(), requests: 1 })
    expect(all.at(-2)?.requests).to.equal(0)
    expect(activity.since(at(3990).toISOString())).to.deep.equal(all.slice(-1))
    expect(activity.since(at(4000).toISOString())).to.deep.equal([])
    // of another process, or too old
    expect(activity.since(at(5).toISOString())).to.have.length(360)
  })

  for (const seconds of [-1, 0, 0.000_01, 86_400])
    it(`can have a duration of ${seconds} seconds`, () =>
      expect(sampleOf([{ seconds }])?.latency.p50).to.be.within(0.000_1, 80))
})
