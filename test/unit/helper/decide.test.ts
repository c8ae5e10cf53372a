import { expect } from 'chai'
import { decide, mayAsk, type Rules } from '../../../helper/decide.ts'
import type { Login } from '../../../helper/pam.ts'
import { type IpAddress, parseAddress, parseCidr } from '../../../shared/address.ts'
import type { VerifiedLogin } from '../../../shared/verification.ts'

const ip = (text: string) => parseAddress(text) as IpAddress
const HERE = '10.1.2.3'
const granted = (changes: Partial<VerifiedLogin> = {}): VerifiedLogin => ({
  kind: 'login',
  username: 'alice',
  ip: ip(HERE),
  host: undefined,
  role: 'ops',
  nonce: undefined,
  signature: undefined,
  ...changes,
})
const login = (changes: Partial<Login> = {}): Login => ({
  user: 'alice',
  host: ip(HERE),
  ...changes,
})
const rules = (changes: Partial<Rules> = {}): Rules => ({
  roles: ['*'],
  users: undefined,
  cidrs: [],
  host: undefined,
  ...changes,
})
const forHost = (host: string) => ({ ip: undefined, host })
const named = (name: string) => ({ host: { name, keyFile: '/key' } })
const block = (text: string) => ({ cidrs: [parseCidr(text)] })

const ALLOWED = [
  ['the password is for this host, by its name', forHost('web-1'), {}, named('web-1'), []],
  [
    'it is for this host, whose address nobody knows',
    forHost('web-1'),
    { host: ip('2001:db8::77') },
    { ...named('web-1'), ...block('10.0.0.0/8') },
    [],
  ],
  ['everything fits', {}, {}, {}, []],
  ['the role is in the list', {}, {}, { roles: ['dev', 'ops'] }, []],
  ['a star is in the list', {}, {}, { roles: ['dev', '*'] }, []],
  ['the user is in the list', {}, {}, { users: ['bob', 'alice'] }, []],
  ['the address is in a block', { ip: ip('192.0.2.9') }, {}, block('192.0.2.0/24'), []],
  ['the address is in an IPv6 block', { ip: ip('2001:db8::9') }, {}, block('2001:db8::/64'), []],
  [
    'the address is one of the interfaces, without sshd',
    {},
    { host: undefined },
    {},
    ['10.0.0.1', HERE],
  ],
  [
    'the IPv6 address is written in another way',
    { ip: ip('2001:DB8:0::1') },
    { host: ip('2001:db8::1') },
    {},
    [],
  ],
  ['the address is mapped into IPv6', { ip: ip(`::ffff:${HERE}`) }, {}, {}, []],
  [
    'loopback was dialled and is named by a block of its own',
    { ip: ip('127.0.0.1') },
    { host: ip('127.0.0.1') },
    block('127.0.0.0/8'),
    [],
  ],
] as const

const DENIED = [
  [
    'another host',
    forHost('web-2'),
    {},
    named('web-1'),
    [HERE],
    'the password was issued for the host "web-2", not for this one',
  ],
  [
    'a host, where this one has no name',
    forHost('web-1'),
    {},
    {},
    [HERE],
    'the password was issued for the host "web-1", not for this one',
  ],
  [
    'another host with the address of this one',
    { host: 'web-2' },
    {},
    named('web-1'),
    [HERE],
    'the password was issued for the host "web-2", not for this one',
  ],
  [
    'a host whose name is the address',
    forHost(HERE),
    {},
    named('web-1'),
    [HERE],
    'the password was issued for the host "10.1.2.3", not for this one',
  ],
  [
    'nothing',
    { ip: undefined },
    {},
    named('web-1'),
    [HERE],
    'the password was issued for the address undefined, not for this host',
  ],
  [
    'nothing, where any address is allowed',
    { ip: undefined },
    {},
    { cidrs: [parseCidr('::/0'), parseCidr('0.0.0.0/0')] },
    [HERE],
    'the password was issued for the address undefined, not for this host',
  ],
  ['another user', { username: 'bob' }, {}, {}, [], 'the password was issued for the user "bob"'],
  [
    'the user in other letters',
    { username: 'ALICE' },
    {},
    {},
    [],
    'the password was issued for the user "ALICE"',
  ],
  [
    'the user, composed in another way',
    { username: 'e\u0301' },
    { user: '\u00e9' },
    {},
    [],
    'the password was issued for the user "e\u0301"',
  ],
  [
    'another address',
    { ip: ip('10.1.2.4') },
    {},
    {},
    [],
    'the password was issued for the address 10.1.2.4, not for this host',
  ],
  [
    'an interface that was not dialled',
    { ip: ip('10.0.0.1') },
    {},
    {},
    ['10.0.0.1', HERE],
    'the password was issued for the address 10.0.0.1, not for this host',
  ],
  [
    'no interfaces, without sshd',
    {},
    { host: undefined },
    {},
    [],
    `the password was issued for the address ${HERE}, not for this host`,
  ],
  [
    'an address beside the block',
    { ip: ip('192.0.3.0') },
    {},
    block('192.0.2.0/24'),
    [],
    'the password was issued for the address 192.0.3.0, not for this host',
  ],
  [
    'an IPv6 address and all of IPv4',
    { ip: ip('::a01:203') },
    {},
    block('0.0.0.0/0'),
    [],
    'the password was issued for the address ::a01:203, not for this host',
  ],
  ...(
    ['127.0.0.1', '127.0.0.99', '::ffff:127.0.0.1', '::1', '169.254.1.1', 'fe80::1'] as const
  ).map(
    address =>
      [
        `${address}, which the client dialled`,
        { ip: ip(address) },
        { host: ip(address) },
        {},
        [],
        `the client dialled ${ip(address)}, which is an address of many hosts`,
      ] as const,
  ),
  [
    'loopback where every address is allowed',
    { ip: ip('127.0.0.1') },
    { host: ip('127.0.0.1') },
    block('0.0.0.0/0'),
    [],
    'the password was issued for the address 127.0.0.1, not for this host',
  ],
  [
    'an address that many hosts have among the interfaces, without sshd',
    { ip: ip('169.254.1.1') },
    { host: undefined },
    {},
    ['169.254.1.1'],
    'the password was issued for the address 169.254.1.1, not for this host',
  ],
  ['another role', {}, {}, { roles: ['dev'] }, [], 'the role "ops" is not in allowed_roles'],
  [
    'the role in other letters',
    { role: 'OPS' },
    {},
    { roles: ['ops'] },
    [],
    'the role "OPS" is not in allowed_roles',
  ],
  [
    'a part of a role',
    { role: 'op' },
    {},
    { roles: ['ops'] },
    [],
    'the role "op" is not in allowed_roles',
  ],
  [
    'a star that the engine gives',
    { role: '*' },
    {},
    { roles: ['ops'] },
    [],
    'the role "*" is not in allowed_roles',
  ],
  ['no roles', {}, {}, { roles: [] }, [], 'allowed_roles is empty'],
  [
    'an empty role of the engine, and no roles',
    { role: '' },
    {},
    { roles: [] },
    [],
    'allowed_roles is empty',
  ],
  [
    'a user who is not in the list',
    {},
    {},
    { users: ['bob'] },
    [],
    'the user is not in allowed_users',
  ],
  ['an empty list of users', {}, {}, { users: [] }, [], 'the user is not in allowed_users'],
  ['a star among users', {}, {}, { users: ['*'] }, [], 'the user is not in allowed_users'],
] as const

describe('decide', () => {
  for (const [what, answer, who, own, interfaces] of ALLOWED)
    it(`allows a login when ${what}`, () => {
      expect(decide(granted(answer), login(who), rules(own), interfaces.map(ip))).to.deep.equal({
        allowed: true,
      })
    })

  for (const [what, answer, who, own, interfaces, reason] of DENIED)
    it(`denies ${what}`, () => {
      expect(decide(granted(answer), login(who), rules(own), interfaces.map(ip))).to.deep.equal({
        allowed: false,
        reason,
      })
    })
})

const OTHER = '10.1.2.4'
const NEAR = '192.0.2.9'
const LOOPBACK = '127.0.0.1'

/** What each part of a login can be. */
const PARTS = {
  username: ['alice', 'bob', ''],
  place: [
    ...[HERE, OTHER, NEAR, LOOPBACK, undefined].map(address => ({ address, host: undefined })),
    { address: undefined, host: 'web-1' },
    { address: undefined, host: 'web-2' },
    { address: HERE, host: 'web-2' },
  ],
  role: ['ops', 'dev', '*'],
  users: [undefined, ['bob', 'alice'], ['bob'], ['*'], []],
  roles: [['ops'], ['x', '*'], ['x'], []],
  blocks: [[], ['192.0.2.0/24'], ['0.0.0.0/0'], ['::/0']],
  dialled: [HERE, LOOPBACK, undefined],
} as const

type Combination = { readonly [K in keyof typeof PARTS]: (typeof PARTS)[K][number] }

const combinations = Object.entries(PARTS).reduce<readonly object[]>(
  (all, [name, values]) => all.flatMap(one => values.map(value => ({ ...one, [name]: value }))),
  [{}],
) as readonly Combination[]

/** The same decision, made by looking up what is right. */
function isRight({ username, place, role, users, roles, blocks, dialled }: Combination): boolean {
  const within = { '': [], '192.0.2.0/24': [NEAR], '0.0.0.0/0': [HERE, OTHER, NEAR], '::/0': [] }
  const reached: readonly unknown[] = [
    ...within[blocks[0] ?? ''],
    ...(dialled === LOOPBACK ? [] : [HERE]),
  ]
  const isHere = place.host === undefined ? reached.includes(place.address) : place.host === 'web-1'
  const mayDial = dialled !== LOOPBACK || blocks.length > 0
  const isAllowed = [undefined, 'bob alice'].includes(users?.join(' '))
  const hasRole = roles.join(' ') === 'x *' || (roles.join(' ') === 'ops' && role === 'ops')
  return username === 'alice' && isHere && mayDial && isAllowed && hasRole
}

describe('decide, for each of all combinations', () => {
  it('allows those in which everything is right, and no other', () => {
    const allowed = combinations.filter(({ username, place, role, dialled, blocks, ...lists }) => {
      const address = place.address === undefined ? undefined : ip(place.address)
      const { allowed } = decide(
        granted({ username, ip: address, host: place.host, role }),
        login({ host: dialled && ip(dialled) }),
        rules({ ...named('web-1'), ...lists, cidrs: blocks.map(parseCidr) }),
        [ip(HERE)],
      )
      return allowed
    })
    expect([combinations.length, allowed.length]).to.deep.equal([17_280, 232])
    expect(allowed).to.deep.equal(combinations.filter(isRight))
  })
})

describe('mayAsk', () => {
  for (const [what, own, decision] of [
    ['any user', {}, { allowed: true }],
    ['a user in the list', { users: ['alice'] }, { allowed: true }],
    ['no role at all', { roles: [] }, { allowed: false, reason: 'allowed_roles is empty' }],
    [
      'another user',
      { users: ['bob'] },
      { allowed: false, reason: 'the user is not in allowed_users' },
    ],
    ['nobody', { users: [] }, { allowed: false, reason: 'the user is not in allowed_users' }],
  ] as const)
    it(`knows, for ${what}, without the engine`, () => {
      expect(mayAsk(login(), rules(own))).to.deep.equal(decision)
    })
})
