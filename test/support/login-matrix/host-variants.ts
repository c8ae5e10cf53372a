import {
  both,
  dialled,
  environment,
  HERE,
  OTP,
  right,
  said,
  set,
  signed,
  typed,
  type Variant,
  wrong,
} from './variant.ts'

export const ISSUED_USER = /^denied: the password was issued for the user/
export const USERS: readonly Variant[] = [
  right('any user', set({ allowed_users: undefined })),
  right(
    'another one for whom it was issued',
    both(
      said({ username: 'bob' }),
      environment({ PAM_USER: 'bob' }),
      set({ allowed_users: ['bob'] }),
    ),
  ),
  ...['bob', 'Alice', 'alice ', 'alic', 'alice\0', 'root'].map(username =>
    wrong(ISSUED_USER, `the password of ${JSON.stringify(username)}`, said({ username })),
  ),
  wrong(
    /^denied: the user is not in allowed_users/,
    'not in allowed_users',
    set({ allowed_users: ['bob'] }),
  ),
  wrong(
    /^denied: the user is not in allowed_users/,
    'nobody in allowed_users',
    set({ allowed_users: [] }),
  ),
  wrong(
    /^protocol: .*username is not a text/,
    'no user in the answer',
    said({ username: undefined }),
  ),
  wrong(/^protocol: .*username is not a text/, 'a list of users', said({ username: ['alice'] })),
]

export const ISSUED_ADDRESS = /^denied: the password was issued for the address/
export const ADDRESSES: readonly Variant[] = [
  right(
    'in a block',
    both(said({ ip: '192.0.2.9' }), set({ allowed_cidr_list: ['192.0.2.0/24'] })),
  ),
  right(
    'IPv6',
    both(said({ ip: '2001:DB8:0::1' }), signed({ ip: '2001:db8::1' }), dialled('2001:db8::1')),
  ),
  right('mapped into IPv6', both(said({ ip: `::ffff:${HERE}` }), signed({ ip: HERE }))),
  right('by the name of this host', both(said({ ip: '', host: 'web-1' }), dialled('10.9.9.9'))),
  ...['10.1.2.4', '127.0.0.1', '::1', '0.0.0.0', '192.0.2.7'].map(ip =>
    wrong(ISSUED_ADDRESS, `the password of ${ip}`, said({ ip })),
  ),
  wrong(
    ISSUED_ADDRESS,
    'beside the block',
    both(said({ ip: '192.0.3.9' }), set({ allowed_cidr_list: ['192.0.2.0/24'] })),
  ),
  wrong(
    ISSUED_ADDRESS,
    'IPv6 in a block of IPv4',
    both(said({ ip: '2001:db8::1' }), set({ allowed_cidr_list: ['0.0.0.0/0'] })),
  ),
  wrong(
    /^denied: the client dialled 127\.0\.0\.1/,
    'dialled at loopback',
    both(said({ ip: '127.0.0.1' }), dialled('127.0.0.1')),
  ),
  ...['', '10.1.2.03', 'web.test', `${HERE}/32`, ` ${HERE}`].map(ip =>
    wrong(
      /^protocol: .*ip is not (?:a text|an address)/,
      `no address: ${JSON.stringify(ip)}`,
      said({ ip }),
    ),
  ),
]
export const HOSTS: readonly Variant[] = [
  right(
    'with the address of another host too',
    both(said({ ip: '', host: 'web-1' }), dialled('10.9.9.9')),
  ),
  ...['web-2', 'WEB-1', 'web-1 ', HERE].map(host =>
    wrong(
      /^denied: the password was issued for the host/,
      `the password of ${host}`,
      said({ ip: '', host }),
    ),
  ),
  wrong(
    /^protocol: .*for an address and for a host/,
    'beside an address',
    said({ ip: HERE, host: 'web-1' }),
  ),
  wrong(/^protocol: .*host is not a text/, 'no name', said({ ip: '', host: '' })),
  wrong(/^protocol: .*host is not a text/, 'null', said({ ip: '', host: null })),
]

export const ROLES: readonly Variant[] = [
  right('any role', set({ allowed_roles: ['*'] })),
  right('another one that is allowed', said({ role_name: 'dev' })),
  ...['admins', 'op', 'OPS', '*', 'ops,dev'].map(role =>
    wrong(
      /^denied: the role .* is not in allowed_roles/,
      `a password of ${role}`,
      said({ role_name: role }),
    ),
  ),
  wrong(/^denied: allowed_roles is empty/, 'none is allowed', set({ allowed_roles: [] })),
  wrong(
    /^protocol: .*role_name is not a text/,
    'no role in the answer',
    said({ role_name: undefined }),
  ),
]

export const ENVIRONMENTS: readonly Variant[] = [
  right(
    'of another service that is listed',
    both(environment({ PAM_SERVICE: 'sudo' }), set({ services: ['sudo'] })),
  ),
  right(
    'with the variables that sshd sets',
    environment({ LANG: 'C', PATH: '/bin', SSH_AUTH_INFO_0: '' }),
  ),
  ...['LD_PRELOAD', 'NODE_OPTIONS', 'SSL_CERT_FILE', 'https_proxy', 'VAULT_ADDR', 'TZDIR'].map(
    name => wrong(/^environment: unsafe in the environment/, name, environment({ [name]: '' })),
  ),
  ...[undefined, 'account', 'session', ''].map(type =>
    wrong(/^usage: PAM/, `PAM_TYPE ${type}`, environment({ PAM_TYPE: type })),
  ),
  ...[undefined, ''].map(user =>
    wrong(/^usage: PAM names no user/, `PAM_USER ${user}`, environment({ PAM_USER: user })),
  ),
  wrong(
    /^denied: the name of the user/,
    'PAM_USER of any bytes',
    environment({ PAM_USER: '\ufffd' }),
  ),
  ...['su', 'SSHD', '', undefined].map(service =>
    wrong(
      /^settings: the PAM service/,
      `PAM_SERVICE ${service}`,
      environment({ PAM_SERVICE: service }),
    ),
  ),
  ...['', 'x', `192.0.2.7 50000 ${HERE}`, '1 2 3 4'].map(connection =>
    wrong(
      /^input: SSH_CONNECTION/,
      `SSH_CONNECTION ${connection}`,
      environment({ SSH_CONNECTION: connection }),
    ),
  ),
]

export const PASSWORDS: readonly Variant[] = [
  right('with what pasting adds', typed(` ${OTP}\t\n`)),
  right('with the NUL of old versions of pam_exec', typed(`${OTP}\0`)),
  right(
    'in base32, where that is allowed',
    both(typed('OO1I1L-ABCDEF 0000hk'), set({ otp_formats: ['base32'] })),
  ),
  ...[
    '',
    'correct horse',
    '\b\n\r\x7fINCORRECT',
    'verify-echo-request',
    `${OTP}x`,
    '001111-abcdef-0000hk',
  ].map(text => wrong(/^input: /, `typed ${JSON.stringify(text)}`, typed(text))),
]
