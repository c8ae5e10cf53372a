import { expect } from 'chai'
import { Refusal } from '../../../../helper/refusal.ts'
import { type HostFacts, layoutOf } from '../../../../helper/setup/layout.ts'

const NEW = { namesService: true, limitsSources: true }
const OLD = { namesService: false, limitsSources: true }
const INCLUDE = '# comment\nInclude /etc/ssh/sshd_config.d/*.conf\nX11Forwarding yes\n'

const host = (facts: Partial<HostFacts> = {}): HostFacts => ({
  osRelease: 'ID=debian\n',
  isMusl: false,
  abilities: NEW,
  exists: file => file === '/etc/pam.d/sshd',
  sshdConfig: INCLUDE,
  ...facts,
})

describe('The layout of a host', () => {
  for (const [what, facts, layout] of [
    ['Debian 13', {}, ['Debian', 'own', 'drop-in']],
    ['Debian 12', { abilities: OLD }, ['Debian', 'inline', 'drop-in']],
    [
      'Ubuntu',
      { osRelease: 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n' },
      ['Debian', 'own', 'drop-in'],
    ],
    [
      'Mint',
      { osRelease: 'ID=linuxmint\nID_LIKE="ubuntu debian"\n' },
      ['Debian', 'own', 'drop-in'],
    ],
    [
      'Rocky 9',
      { osRelease: 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', abilities: OLD },
      ['RHEL', 'inline', 'drop-in'],
    ],
    [
      'RHEL 8, which includes no directory',
      { osRelease: 'ID="rhel"\n', abilities: OLD, sshdConfig: 'UsePAM yes\n' },
      ['RHEL', 'inline', 'block'],
    ],
    ['Fedora', { osRelease: 'ID=fedora\n' }, ['RHEL', 'own', 'drop-in']],
    [
      'Tumbleweed, whose stack is in /usr',
      {
        osRelease: 'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n',
        exists: (file: string) => file === '/usr/lib/pam.d/sshd',
      },
      ['SUSE', 'own', 'drop-in'],
    ],
    ['Arch', { osRelease: 'ID=arch\n' }, ['Arch', 'own', 'drop-in']],
    [
      'one that includes the directory by a relative path',
      { sshdConfig: 'include sshd_config.d/*.conf\n' },
      ['Debian', 'own', 'drop-in'],
    ],
    [
      'one that includes it only in a Match block',
      { sshdConfig: `Match User bob\n${INCLUDE}` },
      ['Debian', 'own', 'block'],
    ],
    [
      'one that includes it only in a comment',
      { sshdConfig: `# ${INCLUDE.split('\n')[1]}\n` },
      ['Debian', 'own', 'block'],
    ],
  ] as const)
    it(`is recognized: ${what}`, () => {
      const { family, stack, settings } = layoutOf(host(facts))
      expect([family, stack, settings]).to.deep.equal(layout)
    })

  for (const [what, facts, reason] of [
    ['Alpine', { osRelease: 'ID=alpine\n' }, /built without PAM/],
    ['another system with musl', { isMusl: true }, /built without PAM/],
    ['an unknown distribution', { osRelease: 'ID=gentoo\n' }, /not known \(gentoo\).*by hand/],
    ['one without os-release', { osRelease: '' }, /no \/etc\/os-release/],
    ['sshd without a stack', { exists: () => false }, /takes the service "other"/],
    [
      'a stack in /usr alone, and an old sshd',
      { abilities: OLD, exists: (file: string) => file === '/usr/lib/pam.d/sshd' },
      /copy it to \/etc\/pam\.d\/sshd/,
    ],
  ] as const)
    it(`is refused with a sentence: ${what}`, () => {
      expect(() => layoutOf(host(facts))).to.throw(Refusal, reason)
    })
})
