import { expect } from 'chai'
import { enrolledHost } from '../../../../support/enrolled-host.ts'

for (const path of ['krl', 'verify/keys'])
  describe(`A request for ${path} that a host has signed`, () => {
    it('is answered, and what it reports is shown', async () => {
      const { fetch, get } = await enrolledHost()
      const report = JSON.stringify({
        helper_version: '1.2',
        krl_version: 3,
        odd: 1,
        trust_age: -1,
      })
      expect((await fetch(path, { report })).status).to.equal(200)
      const { data } = (await get('otp/hosts/web-1')).body
      expect(data).to.include({ helper_version: '1.2', krl_version: 3 })
      expect(data).not.to.have.any.keys('odd', 'trust_age')
      expect((await fetch(path, { report: 'no JSON' })).status).to.equal(200)
    })

    it('is refused where the clock is off by more than max_skew, with both times', async () => {
      const { fetch, now, post } = await enrolledHost()
      const at = (seconds: number) => ({
        time: new Date(now().getTime() + seconds * 1000).toISOString(),
      })
      expect((await fetch(path, at(300))).status).to.equal(200)
      const { status, body: refusal } = await fetch(path, at(-301))
      expect(status).to.equal(400)
      expect(refusal.errors[0]).to.match(/2025-12-31T23:54:59.*2026-01-01T00:00:00/)
      await post('otp/config/verify', { max_skew: '10m' })
      expect((await fetch(path, at(-301))).status).to.equal(200)
    })

    it('is refused where the clock says no time in UTC as RFC 3339 writes it', async () => {
      const { fetch } = await enrolledHost()
      expect((await fetch(path, { time: '2026-01-01T00:00:00Z' })).status).to.equal(200)
      for (const time of [
        ...['', 'yesterday', '2026-01-01', '2026-01-01T00:00:00', '2026-01-01T00:00:00+00:00'],
        ...['+002026-01-01T00:00:00Z', '2026-01-01T00:00:00Z (x)', '2026-13-01T00:00:00Z'],
      ])
        expect([time, (await fetch(path, { time })).status]).to.deep.equal([time, 400])
    })

    it('is refused for a disabled host and a wrong signature, but not without one', async () => {
      const { fetch, post, ask } = await enrolledHost()
      expect((await fetch(path, { path: 'other' })).status).to.equal(400)
      await post('otp/hosts/web-1', { disabled: true })
      expect((await fetch(path)).body.errors).to.deep.equal(['host "web-1" is disabled'])
      expect((await ask('read', `otp/${path}`, {}, '')).status).to.equal(200)
    })
  })

describe('A certificate that a host requests', () => {
  it('is refused for a disabled host, and where the clock is off', async () => {
    const { host, post, ask, now } = await enrolledHost()
    await post('otp/roles/hosts', { key_type: 'ca', allow_host_certificates: true })
    const request = { public_key: 'x' }
    const sign = (changes: object = {}) =>
      ask('update', 'otp/sign/hosts', request, undefined, {
        signedBy: host.sign(request, { now: now(), path: 'sign/hosts', ...changes }),
      })
    expect((await sign()).body.errors[0]).to.match(/public_key/)
    expect((await sign({ time: '2025-01-01T00:00:00Z' })).body.errors[0]).to.match(/max_skew/)
    await post('otp/hosts/web-1', { disabled: true })
    expect((await sign()).body.errors).to.deep.equal(['host "web-1" is disabled'])
  })
})
