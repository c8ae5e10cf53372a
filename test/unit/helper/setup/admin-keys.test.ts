import { expect } from 'chai'
import { type Account, obstacleFor } from '../../../../helper/setup/admin-keys.ts'

const USUAL = `pubkeyauthentication yes
authenticationmethods any
permitrootlogin without-password
authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2
`

const account = (more: Partial<Account> = {}): Account => ({
  user: 'ops',
  uid: 1000,
  home: '/home/ops',
  shell: '/bin/bash',
  groups: ['ops', 'sudo'],
  settings: USUAL,
  ...more,
})

describe('The key of an administrator', () => {
  const obstacle = (more: Partial<Account>, has = ['/home/ops/.ssh/authorized_keys']) =>
    obstacleFor(account(more), file => (has.includes(file) ? undefined : `${file} is not there`))
  const ssh = (line: string): Partial<Account> => ({ settings: line + USUAL })

  for (const [what, more] of [
    ['in the usual file', {}],
    ['in the second file', { home: '/home/second' }],
    [
      'in a file of the system',
      { settings: 'pubkeyauthentication yes\nauthorizedkeysfile /keys/%u-%U\n' },
    ],
    ['of a user whom AllowUsers names', ssh('allowusers bob\nallowusers op?\n')],
    ['of a group that AllowGroups names', ssh('allowgroups wheel\nallowgroups su*\n')],
    [
      'where keys alone are one of the methods',
      { settings: USUAL.replace('any', 'publickey,keyboard-interactive publickey') },
    ],
    ['of root, who may log in by key alone', { user: 'root' }],
  ] as const)
    it(`is accepted ${what}`, () => {
      const files = [
        '/home/ops/.ssh/authorized_keys',
        '/home/second/.ssh/authorized_keys2',
        '/keys/ops-1000',
      ]
      expect(obstacle(more, files)).to.equal(undefined)
    })

  for (const [what, more, reason] of [
    ['where no key is accepted', { settings: USUAL.replace('yes', 'no') }, /PubkeyAuthentication/],
    [
      'where a password is needed, too',
      { settings: USUAL.replace('any', 'publickey,password') },
      /AuthenticationMethods/,
    ],
    ['of a user whom DenyUsers names', ssh('denyusers o*\n'), /DenyUsers/],
    ['of a user whom AllowUsers lacks', ssh('allowusers bob\n'), /AllowUsers/],
    ['of a user in a group of DenyGroups', ssh('denygroups sudo\n'), /DenyGroups/],
    ['of a user whom AllowGroups lacks', ssh('allowgroups wheel\n'), /AllowGroups/],
    ['without a shell', { shell: '/usr/sbin/nologin' }, /nologin/],
    [
      'of root, who may not log in',
      { user: 'root', settings: USUAL.replace('without-password', 'no') },
      /PermitRootLogin/,
    ],
    ['that is not there', { home: '/nowhere' }, /\/nowhere\/\.ssh\/authorized_keys is not there/],
    [
      'where there is no file of keys',
      { settings: USUAL.replace(/\.ssh.*/, 'none') },
      /AuthorizedKeysFile is none/,
    ],
  ] as const)
    it(`is not accepted ${what}`, () => expect(obstacle(more)).to.match(reason))
})
