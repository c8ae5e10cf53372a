import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { hostReport } from '../../../../helper/commands/host-report.ts'
import { readLastCheck, writeLastCheck } from '../../../../helper/commands/last-check.ts'
import { readConfig } from '../../../../helper/config.ts'

describe('The summary of the last check', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-last-check-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is read as it was written, and goes with the report to the engine', () => {
    const config = { stateDirectory: join(folder, 'state') }
    const at = Date.now() - 90_000
    writeLastCheck(config, { at, summary: 'warning: timers/disabled' })
    expect(readLastCheck(config)).to.deep.equal({ at, summary: 'warning: timers/disabled' })
    const file = join(folder, 'helper.toml')
    writeFileSync(
      file,
      `vault_addr = "https://e:1"\nstate_directory = "${config.stateDirectory}"\n`,
      { mode: 0o600 },
    )
    const report = JSON.parse(hostReport(readConfig(file, { dev: false })))
    expect(report.check).to.equal('warning: timers/disabled')
    expect(report.check_age).to.be.within(89, 120)
  })

  it('is left out where there is none, or it is damaged', () => {
    expect(readLastCheck({ stateDirectory: folder })).to.equal(undefined)
    for (const text of [
      '',
      'postern-last-check 2\n',
      'postern-last-check 1\ntime x\nsummary ok\n',
    ]) {
      writeFileSync(join(folder, 'last-check'), text)
      expect(readLastCheck({ stateDirectory: folder })).to.equal(undefined)
    }
  })

  it('is given up where it cannot be written', () => {
    writeFileSync(join(folder, 'file'), '')
    writeLastCheck({ stateDirectory: join(folder, 'file') }, { at: 0, summary: 'ok' })
  })
})
