import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'

const FOLDER = join(import.meta.dirname, '../../../packaging/systemd')

const settingsOf = (unit: string): readonly string[] =>
  readFileSync(join(FOLDER, unit), 'utf8')
    .split('\n')
    .filter(line => /^[A-Z]\w*=/.test(line))

/** What takes rights away from a process. */
const TAKES_AWAY =
  /^(?:NoNewPrivileges|CapabilityBoundingSet|AmbientCapabilities|Private|Protect|ProcSubset|Restrict|RemoveIPC|Lock|SystemCall)/

const UNITS = readdirSync(FOLDER).filter(name => name.endsWith('.service'))

describe('Units', () => {
  it('are there', () => {
    expect(UNITS).to.include.members(['postern.service', 'postern-krl.service'])
  })

  for (const unit of cases(UNITS))
    it(`${unit} may do no more than the engine's, or says what`, () => {
      const names = (name: string) =>
        settingsOf(name)
          .map(line => line.split('=')[0] ?? '')
          .filter(name => TAKES_AWAY.test(name))
      expect(names(unit)).to.include.members(names('postern.service'))
      const more = settingsOf(unit).filter(
        line => TAKES_AWAY.test(line) && !settingsOf('postern.service').includes(line),
      )
      expect(more).to.deep.equal(MORE[unit] ?? [])
      expect(settingsOf(unit)).to.include('LimitCORE=0')
    })
})

const ADDRESSES = 'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK'

const MORE: Readonly<Record<string, readonly string[]>> = {
  'postern-backup.service': ['RestrictAddressFamilies=AF_UNIX', 'PrivateNetwork=yes'],
  'postern-certificate.service': ['RestrictAddressFamilies=AF_UNIX', 'PrivateNetwork=yes'],
  'postern-check.service': ['ProtectSystem=full', ADDRESSES],
  'postern-host-cert.service': [ADDRESSES],
}
