import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { stringify } from 'yaml'
import { dashboardExpressions } from '../../support/expressions.ts'

const PROMETHEUS = join(import.meta.dirname, '../../../packaging/prometheus')

const DAY = 86_400

/** Which alerts fire, with the labels that they add, when a series has had a value for two hours since 1970. */
const CASES = [
  ['PosternCertificateExpires', 'postern_certificate_expiry_seconds', 13 * DAY, true],
  ['PosternCertificateExpires', 'postern_certificate_expiry_seconds', 40 * DAY, false],
  ['PosternCaExpires', 'postern_ca_certificate_expiry_seconds', 100 * DAY, true],
  ['PosternDown', 'up', 0, true],
  ['PosternDown', 'up', 1, false],
  ['PosternAuditDeviceFails', 'postern_audit_device_ok', 0, true],
] as const

describe('promtool', function () {
  this.timeout(300_000)
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-promtool-'))
    cpSync(PROMETHEUS, folder, { recursive: true })
    execFileSync('apt-get', ['-qq', 'download', 'prometheus'], { cwd: folder, stdio: 'pipe' })
    const [made = ''] = readdirSync(folder).filter(name => name.endsWith('.deb'))
    execFileSync('dpkg', ['-x', made, 'root'], { cwd: folder })
  })
  after(() => rmSync(folder, { recursive: true }))

  const promtool = (...words: readonly string[]) =>
    execFileSync(join(folder, 'root/usr/bin/promtool'), words, {
      ...{ cwd: folder, encoding: 'utf8', stdio: 'pipe' },
    })

  it('accepts the rules and the job', () => {
    expect(promtool('check', 'rules', 'postern-alerts.yml')).to.match(/SUCCESS: \d+ rules found/)
    expect(promtool('check', 'config', '--syntax-only', 'prometheus.yml')).to.include('SUCCESS')
  })

  it('accepts the expressions of the dashboard', () => {
    const rules = dashboardExpressions().map((expr, index) => ({ record: `panel:${index}`, expr }))
    writeFileSync(join(folder, 'panels.yml'), stringify({ groups: [{ name: 'panels', rules }] }))
    expect(promtool('check', 'rules', 'panels.yml')).to.include(`SUCCESS: ${rules.length} rules`)
  })

  for (const [alert, metric, value, fires] of CASES)
    it(`${fires ? 'fires' : 'does not fire'} ${alert} when ${metric} is ${value}`, () => {
      const at = { eval_time: '2h', alertname: alert }
      const series = `${metric}{job="postern",instance="engine"}`
      const test = {
        interval: '1m',
        input_series: [{ series, values: `${value}x180` }],
        alert_rule_test: [{ ...at, exp_alerts: [] }],
      }
      const file = join(folder, 'test.yml')
      writeFileSync(file, stringify({ rule_files: ['postern-alerts.yml'], tests: [test] }))
      // the test expects none, so it fails with the one that fires
      const silent = () => promtool('test', 'rules', 'test.yml')
      if (fires) expect(silent).to.throw(new RegExp(alert))
      else silent()
    })
})
