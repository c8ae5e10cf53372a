import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { Machine } from '../../support/machine.ts'

const PROFILES = join(import.meta.dirname, '../../../packaging/apparmor')

describe('The AppArmor profiles', function () {
  this.timeout(30 * 60_000)

  for (const name of ['postern-helper', 'postern-engine'])
    it(`have no mistake: ${name}`, () => {
      execFileSync('apparmor_parser', ['-Q', '-K', join(PROFILES, name)], { stdio: 'pipe' })
    })

  it('let a machine that enforces them do its work, and no more', async () => {
    using machine = new Machine()
    const results = await machine.trial('apparmor')
    const reason = results.get('wrong password')
    expect(reason).to.match(/^refused, .*OTP not found/)
    expect(results.get('forbidden file')).to.match(/permission denied/)
    expect(results.get('confined')).to.match(/run aa-exec -p unconfined -- postern-helper setup/)
    expect(Object.fromEntries(results)).to.deep.include({
      profiles: 'loaded',
      'right password': 'in as alice',
      ...{ 'set up, 60s': '5', 'taken back, 60s': 'yes' },
      ...{ 'set up, 30m': '5', 'taken back, 30m': 'yes' },
      log: '2',
      syslog: '1',
      check: '0',
      engine: 'postern-engine (enforce)',
      init: 'done',
      denials: '0',
    })
  })
})
