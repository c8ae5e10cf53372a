import { expect } from 'chai'
import {
  BY_KEY,
  BY_PASSWORD,
  spokenName,
  sshOptions,
  type Target,
} from '../../../engine/cli/ssh/target.ts'
import { parseAddress } from '../../../shared/address.ts'

const [FOUR, SIX] = [parseAddress('10.1.2.3')!, parseAddress('2001:db8::1')!]

const target = (changes: Partial<Target> = {}): Target => ({
  user: 'alice',
  host: 'web',
  port: undefined,
  addresses: [FOUR],
  hostKeyAlias: undefined,
  proxied: false,
  options: new Set(),
  ...changes,
})

const CHOICES = {
  address: FOUR,
  port: 22,
  strictHostKeyChecking: 'yes',
  userKnownHostsFile: undefined,
}

const KEYBOARD = [
  ...['-o', 'PreferredAuthentications=keyboard-interactive'],
  ...['-o', 'KbdInteractiveAuthentication=yes'],
  ...['-o', 'NumberOfPasswordPrompts=1'],
]

describe('Options for ssh', () => {
  it('name the port of the role, unless the user has one', () => {
    expect(sshOptions(target(), { ...CHOICES, port: 2222 }, BY_PASSWORD).slice(0, 2)).to.deep.equal(
      ['-p', '2222'],
    )
    expect(sshOptions(target({ port: '2200' }), CHOICES, BY_PASSWORD)).to.deep.equal([
      ...['-o', 'StrictHostKeyChecking=yes'],
      ...KEYBOARD,
    ])
  })

  it('name the file of known hosts before the rest', () => {
    const choices = { ...CHOICES, userKnownHostsFile: '/tmp/known', strictHostKeyChecking: 'no' }
    expect(sshOptions(target(), choices, BY_PASSWORD)).to.deep.equal([
      ...['-p', '22'],
      ...['-o', 'UserKnownHostsFile=/tmp/known'],
      ...['-o', 'StrictHostKeyChecking=no'],
      ...KEYBOARD,
    ])
  })

  it('let ssh use no other key than the one it is given', () =>
    expect(sshOptions(target(), CHOICES, BY_KEY)).to.deep.equal([
      ...['-p', '22'],
      ...['-o', 'StrictHostKeyChecking=yes'],
      ...['-o', 'IdentitiesOnly=yes'],
      ...['-o', 'PreferredAuthentications=publickey'],
    ]))

  it('leave out what the user gives', () => {
    const options = new Set(['stricthostkeychecking', 'preferredauthentications'])
    expect(sshOptions(target({ options }), CHOICES, BY_PASSWORD)).to.deep.equal([
      ...['-p', '22'],
      ...['-o', 'KbdInteractiveAuthentication=yes'],
      ...['-o', 'NumberOfPasswordPrompts=1'],
    ])
  })

  for (const [port, alias, name] of [
    ['22', undefined, 'web'],
    ['2222', undefined, '[web]:2222'],
    ['2222', 'build', 'build'],
  ] as const)
    it(`bind a name of several addresses to one, known as ${name}`, () => {
      const several = target({ port, addresses: [FOUR, SIX], hostKeyAlias: alias })
      expect(sshOptions(several, CHOICES, BY_PASSWORD).slice(-4)).to.deep.equal([
        ...['-o', 'HostName=10.1.2.3'],
        ...['-o', `HostKeyAlias=${name}`],
      ])
      expect(spokenName(several, CHOICES)).to.equal(name)
    })

  it('leave a host of one address its name', () => {
    expect(spokenName(target(), CHOICES)).to.equal('web')
    expect(spokenName(target({ hostKeyAlias: 'build' }), CHOICES)).to.equal('build')
  })
})
