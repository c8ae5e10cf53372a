import { expect } from 'chai'
import { type Counts, endedCounts, Metrics } from '../../../engine/metric/metrics.ts'

const lineOf = (text: string, beginning: string) =>
  text.split('\n').filter(line => line.startsWith(beginning))

describe('Metrics', () => {
  const answered = {
    ...{ mount: 'otp/', type: 'ssh', path: 'verify', operation: 'update' },
    ...{ status: 200, seconds: 0.002 },
  }

  it('of several processes are the sum of what they counted, and the highest of their gauges', async () => {
    const other = new Metrics()
    other.answered(answered)
    other.answered(answered)
    other.gauge('postern_sealed', 'Sealed.', () => 1)
    other.storeGauge('postern_leases', 'Leases.', () => 7)
    // as it comes from another process
    const own = new Metrics(async () => [JSON.parse(JSON.stringify(await other.counts()))])
    own.answered(answered)
    own.gauge('postern_sealed', 'Sealed.', () => 0)
    own.storeGauge('postern_leases', 'Leases.', () => 7)

    const text = await own.text()
    expect(lineOf(text, 'postern_requests_total{')).to.deep.equal([
      'postern_requests_total{mount="otp/",type="ssh",path="verify",operation="update",status="200"} 3',
    ])
    expect(lineOf(text, 'postern_request_seconds_bucket{le="0.0025"')).to.deep.equal([
      'postern_request_seconds_bucket{le="0.0025",mount="otp/",type="ssh",path="verify",operation="update"} 3',
    ])
    expect(lineOf(text, 'postern_request_seconds_bucket{le="+Inf"')).to.deep.equal([
      'postern_request_seconds_bucket{le="+Inf",mount="otp/",type="ssh",path="verify",operation="update"} 3',
    ])
    expect(lineOf(text, 'postern_sealed')).to.deep.equal(['postern_sealed 1'])
    expect(lineOf(text, 'postern_leases')).to.deep.equal(['postern_leases 7'])
  })

  it('are named as Prometheus wants them', async () => {
    const metrics = new Metrics()
    metrics.answered(answered)
    metrics.gauge('postern_sealed', 'Sealed.', () => 1)
    const types = [...(await metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)]
    expect(types.length).to.be.greaterThan(20)
    for (const [, name = '', type] of types)
      expect([name, type === 'counter']).to.deep.equal([name, name.endsWith('_total')])
  })

  it('say when a list of revoked keys was last fetched, and which version', async () => {
    const other = new Metrics()
    const own = new Metrics(async () => [await other.counts()])
    for (const [metrics, version, fetchedAt] of [
      [own, 3, 1000],
      [other, 4, 3000],
      [own, 4, 2000],
    ] as const)
      metrics.happened({
        name: 'krl_fetched',
        reason: 'new',
        list: { mount: 'ssh/', version, fetchedAt: new Date(fetchedAt) },
      })
    const text = await own.text()
    expect(lineOf(text, 'postern_krl_')).to.deep.equal([
      'postern_krl_version{mount="ssh/"} 4',
      'postern_krl_fetched_timestamp_seconds{mount="ssh/"} 3',
    ])
    expect(lineOf(text, 'postern_events_total')).to.deep.equal([
      'postern_events_total{event="krl_fetched",reason="new"} 3',
    ])
  })

  it('count what became of commits whose answer did not come', async () => {
    const metrics = new Metrics()
    for (const outcome of ['made', 'made', 'unknown']) metrics.lookedUp(outcome)
    expect(lineOf(await metrics.text(), 'postern_commit_outcomes_')).to.have.members([
      'postern_commit_outcomes_total{outcome="made"} 2',
      'postern_commit_outcomes_total{outcome="unknown"} 1',
    ])
  })

  it('show which audit devices take lines, in every process', async () => {
    const other = new Metrics()
    other.auditDevices(() => new Map([['file/', true]]))
    const own = new Metrics(async () => [JSON.parse(JSON.stringify(await other.counts()))])
    const states = new Map([
      ['file/', false],
      ['syslog/', true],
    ])
    own.auditDevices(() => states)
    own.unwritten('file/')
    expect(lineOf(await own.text(), 'postern_audit_')).to.have.members([
      'postern_audit_failures_total{device="file/"} 1',
      'postern_audit_device_ok{device="file/"} 0',
      'postern_audit_device_ok{device="syslog/"} 1',
    ])
    states.delete('syslog/')
    expect(lineOf(await own.text(), 'postern_audit_device_ok')).to.have.length(1)
  })

  it('tell the other processes what they have, and go on from what those had that have ended', async () => {
    const told: Counts[] = []
    const ended = async (times: number) => {
      const metrics = new Metrics()
      for (let time = 0; time < times; time++) metrics.answered(answered)
      metrics.gauge('postern_sealed', 'Sealed.', () => 1)
      return metrics.counts()
    }
    const before = await endedCounts([await endedCounts([await ended(2)]), await ended(3)])
    expect(before.map(({ name }) => name)).to.not.include('postern_sealed')
    const own = new Metrics(async counts => {
      told.push(counts)
      return [JSON.parse(JSON.stringify(before))]
    })
    own.answered(answered)
    own.gauge('postern_sealed', 'Sealed.', () => 0)

    const text = await own.text()
    expect(lineOf(text, 'postern_requests_total{')).to.deep.equal([
      'postern_requests_total{mount="otp/",type="ssh",path="verify",operation="update",status="200"} 6',
    ])
    expect(lineOf(text, 'postern_request_seconds_count')).to.deep.equal([
      'postern_request_seconds_count{mount="otp/",type="ssh",path="verify",operation="update"} 6',
    ])
    expect(lineOf(text, 'postern_sealed')).to.deep.equal(['postern_sealed 0'])
    const requests = told[0]?.find(({ name }) => name === 'postern_requests_total')
    expect(requests?.values.map(({ value }) => value)).to.deep.equal([1])
  })
})
