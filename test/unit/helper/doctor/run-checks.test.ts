import { expect } from 'chai'
import type { Check, Finding } from '../../../../helper/doctor/check.ts'
import { fix } from '../../../../helper/doctor/fix.ts'
import { jsonReport, summaryOf, textReport } from '../../../../helper/doctor/report.ts'
import { runChecks, worstOf } from '../../../../helper/doctor/run-checks.ts'
import { metricsOf } from '../../../../helper/doctor/textfile.ts'
import { DoctorHost } from '../../../support/doctor-host.ts'

const checkOf = (name: string, dependsOn: readonly string[], found?: Finding): Check => ({
  ...{ name, text: name, dependsOn, causes: {} },
  run: () => found,
})
const finding = (level: Finding['level'], mend = 'true', safe?: true): Finding => ({
  ...{ level, cause: 'broken', says: 'it is broken', mend },
  ...(safe && { safe }),
})

async function results(...checks: readonly Check[]) {
  using host = new DoctorHost()
  return runChecks(checks, host.context())
}

describe('A run of checks', () => {
  it('does not try what only follows from a failure, also through others', async () => {
    const done = await results(
      checkOf('network', [], finding('failure')),
      checkOf('tls', ['network'], finding('failure')),
      checkOf('mount', ['tls'], finding('failure')),
      checkOf('sshd', [], finding('failure')),
    )
    expect(done.map(({ name, status }) => `${name} ${status}`)).to.deep.equal([
      'network failure',
      'tls skipped',
      'mount skipped',
      'sshd failure',
    ])
    expect(done[2]).to.include({ because: 'network' })
    expect(textReport(done)).to.equal(
      `FAILURE  network: it is broken; run: true
-        tls: not tried, because of network
-        mount: not tried, because of network
FAILURE  sshd: it is broken; run: true

0 ok, 0 warnings, 2 failures, 2 not tried`,
    )
  })

  it('goes on behind a warning', async () => {
    const done = await results(checkOf('a', [], finding('warning')), checkOf('b', ['a']))
    expect(done.map(({ status }) => status)).to.deep.equal(['warning', 'ok'])
    expect(worstOf(done)).to.equal('warning')
    expect(JSON.parse(jsonReport(done))).to.deep.equal({
      status: 'warning',
      checks: [
        { name: 'a', status: 'warning', cause: 'broken', says: 'it is broken', mend: 'true' },
        { name: 'b', status: 'ok' },
      ],
    })
  })

  it('is told the engine in a line that it keeps, the worst first', async () => {
    const done = await results(
      checkOf('a', [], finding('warning')),
      checkOf('b', [], finding('failure')),
    )
    expect(summaryOf(done)).to.equal('failure: b/broken; warning: a/broken')
    expect(summaryOf(await results(checkOf('a', [])))).to.equal('ok')
    const many = Array.from({ length: 60 }, (_, at) => checkOf(`c${at}`, [], finding('failure')))
    expect(summaryOf(await results(...many))).to.have.lengthOf(200)
  })

  it('gives metrics that Prometheus can read', async () => {
    const done = await results(checkOf('a', [], finding('failure')), checkOf('b', ['a']))
    const text = metricsOf(done, { at: 1_700_000_000_000, measures: new Map([['skew', -3]]) })
    expect(text).to.match(/^# TYPE postern_doctor_status gauge\npostern_doctor_status 2$/m)
    expect(text).to.match(
      /^postern_doctor_check\{check="a"\} 2\npostern_doctor_check\{check="b"\} 3$/m,
    )
    expect(text).to.match(/^postern_doctor_last_run_timestamp_seconds 1700000000\n/m)
    expect(text).to.match(/^postern_host_skew -3\n$/m)
    for (const line of text.trimEnd().split('\n'))
      expect(line).to.match(
        /^(?:# (?:HELP|TYPE) postern_\w+ .+|postern_\w+(?:\{check="[a-z-]+"\})? -?\d+)$/,
      )
  })

  it('mends what is safe, and nothing else', async () => {
    using host = new DoctorHost()
    host.prints('sh -c chmod x', '')
    const done = await results(
      checkOf('a', [], finding('failure', 'chmod x', true)),
      checkOf('b', [], finding('failure', 'rm -rf /')),
      checkOf('c', [], finding('warning', 'fails', true)),
    )
    expect(fix(done, host.view)).to.deep.equal([
      { name: 'a', mend: 'chmod x', failed: undefined },
      { name: 'c', mend: 'fails', failed: 'it failed' },
    ])
  })
})
