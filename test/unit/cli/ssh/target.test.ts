import { expect } from 'chai'
import { controlPath } from '../../../../engine/cli/ssh/control-path.ts'
import {
  BY_KEY,
  byPassword,
  spokenName,
  sshOptions,
  type Target,
} from '../../../../engine/cli/ssh/target.ts'
import { parseAddress } from '../../../../shared/address.ts'

const [FOUR, SIX] = [parseAddress('10.1.2.3')!, parseAddress('2001:db8::1')!]

const target = (changes: Partial<Target> = {}): Target => ({
  user: 'alice',
  host: 'web',
  port: undefined,
  names: ['web'],
  addresses: [FOUR],
  hostKeyAlias: undefined,
  controlPath: undefined,
  proxied: false,
  isBatch: false,
  options: new Set(),
  ...changes,
})

const CHOICES: Parameters<typeof sshOptions>[1] = {
  address: FOUR,
  port: 22,
  strictHostKeyChecking: 'yes',
  userKnownHostsFile: undefined,
}

const byDefault = (to: Target, choices = CHOICES) => sshOptions(to, choices, byPassword(to))

const KEYBOARD = [
  ...['-o', 'PreferredAuthentications=keyboard-interactive'],
  ...['-o', 'KbdInteractiveAuthentication=yes'],
  ...['-o', 'NumberOfPasswordPrompts=1'],
  ...['-o', 'BatchMode=no'],
  ...['-o', 'ProxyCommand=none'],
]

describe('Options for ssh', () => {
  it('name the port of the role, unless the user has one', () => {
    expect(byDefault(target(), { ...CHOICES, port: 2222 }).slice(0, 2)).to.deep.equal([
      '-p',
      '2222',
    ])
    expect(byDefault(target({ port: '2200' }), CHOICES)).to.deep.equal([
      ...['-o', 'StrictHostKeyChecking=yes'],
      ...KEYBOARD,
    ])
  })

  it('name the file of known hosts before the rest', () => {
    const choices = {
      ...CHOICES,
      userKnownHostsFile: '/tmp/a %h known',
      strictHostKeyChecking: 'no',
    }
    expect(byDefault(target(), choices)).to.deep.equal([
      ...['-p', '22'],
      ...['-o', 'UserKnownHostsFile="/tmp/a %%h known"'],
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
    const options = new Set(['stricthostkeychecking', 'userknownhostsfile'])
    const choices = { ...CHOICES, userKnownHostsFile: '/known' }
    expect(byDefault(target({ options }), choices)).to.deep.equal([...['-p', '22'], ...KEYBOARD])
  })

  it('say how to log in, whatever the user says', () => {
    const names = ['preferredauthentications', 'kbdinteractiveauthentication', 'batchmode']
    expect(byDefault(target({ options: new Set(names) })).slice(-10)).to.deep.equal(KEYBOARD)
  })

  it('leave it to ssh what to do with an unknown host, unless the user has said', () => {
    const choices = { ...CHOICES, strictHostKeyChecking: undefined }
    expect(byDefault(target(), choices)).to.deep.equal([...['-p', '22'], ...KEYBOARD])
  })

  it('trust the hosts of an engine in place of all that is said of host keys', () => {
    const hostTrust = ['-o', 'UserKnownHostsFile=x']
    const several = target({ port: '2222', addresses: [FOUR, SIX] })
    const choices = { ...CHOICES, hostTrust }
    const given = byDefault(several, choices)
    expect(given.slice(0, 2)).to.deep.equal(hostTrust)
    expect(given.join(' ')).not.to.include('StrictHostKeyChecking')
    // certificates are for names without ports
    expect(spokenName(several, choices)).to.equal('web')
  })

  for (const changes of [{ proxied: true }, { options: new Set(['proxyjump']) }])
    it(`leave the way of the connection to ssh for ${Object.keys(changes)}`, () => {
      expect(byDefault(target(changes)).join(' ')).not.to.include('ProxyCommand')
    })

  it('offer the key that the user names, and then the password', () => {
    const named = byDefault(target({ options: new Set(['identityfile']) }))
    expect(named).to.include('PreferredAuthentications=publickey,keyboard-interactive')
    expect(named).to.include('IdentitiesOnly=yes')
  })

  for (const [port, alias, name] of [
    ['22', undefined, 'web'],
    ['2222', undefined, '[web]:2222'],
    ['2222', 'build', 'build'],
  ] as const)
    it(`bind a name of several addresses to one, known as ${name}`, () => {
      const several = target({ port, addresses: [FOUR, SIX], hostKeyAlias: alias })
      expect(byDefault(several).slice(-4)).to.deep.equal([
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

describe('Shared connections', () => {
  const shared = (path: string, kind: readonly string[], options: readonly string[] = []) =>
    controlPath(target({ controlPath: path, options: new Set(options) }), kind).join(' ')

  it('are for logins of one kind', () => {
    expect(shared('/tmp/cm', ['ca', 'ops'])).to.match(/^-o ControlPath="\/tmp\/cm-[0-9a-f]{8}"$/)
    expect(shared('/tmp/cm', ['ca', 'ops'])).to.equal(shared('/tmp/cm', ['ca', 'ops']))
    expect(shared('/tmp/cm', ['ca', 'ops'])).not.to.equal(shared('/tmp/cm', ['ca', 'other']))
    expect(shared('/tmp/cm', ['a', 'b,c'])).not.to.equal(shared('/tmp/cm', ['a,b', 'c']))
  })

  it('are none if no path can differ between kinds of login', () => {
    for (const path of ['/tmp/%C', '/tmp/$HOME', `/tmp/${'x'.repeat(80)}`])
      expect(shared(path, [])).to.equal('-o ControlPath=none')
  })

  it('are left to a user who says where, or has none', () => {
    expect(shared('/tmp/cm', [], ['controlpath'])).to.equal('')
    expect(controlPath(target(), [])).to.deep.equal([])
  })
})
