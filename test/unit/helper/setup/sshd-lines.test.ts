import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  sshdSettings,
  withoutSettings,
  withoutSettingsBlock,
  withSettingsBlock,
} from '../../../../helper/setup/sshd-lines.ts'

const PACKAGING = join(import.meta.dirname, '../../../../packaging/sshd')
const settingsIn = (text: string) => text.split('\n').filter(line => /^[A-Z]/.test(line))
const NEWEST = { namesService: true, limitsSources: true }

describe('The settings of sshd', () => {
  it('are those for setting a host up by hand, and the name of our stack', () => {
    const byHand = ['10-postern.conf', '11-postern-sources.conf'].flatMap(name =>
      settingsIn(readFileSync(join(PACKAGING, name), 'utf8')),
    )
    expect(settingsIn(sshdSettings(NEWEST))).to.deep.equal([
      'PAMServiceName postern-sshd',
      ...byHand,
    ])
    expect(settingsIn(sshdSettings({ namesService: false, limitsSources: false }))).to.deep.equal(
      byHand.filter(line => !line.startsWith('PerSource')),
    )
  })

  for (const config of ['Port 22\n', '', 'Match User bob\n  X11Forwarding no\n'])
    it(`are put above all others, and taken away byte for byte: ${JSON.stringify(config)}`, () => {
      const settings = sshdSettings(NEWEST)
      const whole = withSettingsBlock(config, settings)
      expect(whole.indexOf('UsePAM')).to.be.below(whole.length - config.length)
      expect(withSettingsBlock(whole, settings)).to.equal(whole)
      expect(withoutSettingsBlock(whole)).to.equal(config)
    })

  it('leave nothing in a file of ours, but what an administrator has added', () => {
    const settings = sshdSettings(NEWEST)
    expect(withoutSettings(settings)).to.equal(undefined)
    expect(withoutSettings(`${settings}# a note\n`)).to.equal(undefined)
    expect(
      withoutSettings(`${settings}\nMatch User bob\n  AuthenticationMethods publickey\n`),
    ).to.match(/^\s*Match User bob\n {2}AuthenticationMethods publickey\n$/)
  })

  for (const edited of [
    'PasswordAuthentication yes',
    'kbdinteractiveauthentication=yes',
    '"UsePAM" no',
    '  MaxStartups 10:30:100',
  ])
    it(`leave no setting of ours that was changed: ${edited}`, () => {
      const settings = sshdSettings(NEWEST)
      expect(withoutSettings(`${settings}${edited}\n`)).to.equal(undefined)
      const match = `Match User bob\n${edited}\n`
      expect(withoutSettings(settings + match)).to.equal(match)
      const lost = withSettingsBlock('Port 22\n', `${settings}${edited}\n`)
      expect(withoutSettingsBlock(lost.replace(/^# end postern\n/m, ''))).to.equal('Port 22\n')
    })

  it('leave in the block what an administrator has added there', () => {
    const whole = withSettingsBlock('Port 22\n', `${sshdSettings(NEWEST)}ClientAliveInterval 60\n`)
    expect(withoutSettingsBlock(whole)).to.equal('ClientAliveInterval 60\nPort 22\n')
  })
})
