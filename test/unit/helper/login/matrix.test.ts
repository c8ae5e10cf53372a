import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { publicKeyIn } from '../../../../shared/ed25519.ts'
import { Secret } from '../../../../shared/secret.ts'
import { cases } from '../../../support/cases.ts'
import { certificateAuthority } from '../../../support/certificates.ts'
import { answered, type Cell, LoginCells, newKey } from '../../../support/login-cell.ts'

const OTP = '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c'
const HERE = '10.1.2.3'
const [key, other] = [newKey(), newKey()]
const textOf = (each: typeof key) => publicKeyIn(each).text

/** A way in which one thing of a login can be. `reason` is that of the refusal; without one, the login is right. */
interface Variant {
  readonly what: string
  readonly reason?: RegExp
  readonly change: (cell: Cell) => Cell
}

const right = (what: string, change: Variant['change']): Variant => ({ what, change })
const wrong = (reason: RegExp, what: string, change: Variant['change']): Variant => ({
  ...{ what, reason, change },
})

const said = (data: Cell['said']) => (cell: Cell) => ({ ...cell, said: { ...cell.said, ...data } })
const signed = (data: Cell['signed']) => (cell: Cell) => ({
  ...cell,
  signed: { ...cell.signed, ...data },
})
const set = (settings: Cell['settings']) => (cell: Cell) => ({
  ...cell,
  settings: { ...cell.settings, ...settings },
})
const parts = (signature: Cell['signature']) => (cell: Cell) => ({
  ...cell,
  signature: { ...cell.signature, ...signature },
})
const environment = (variables: Cell['environment']) => (cell: Cell) => ({
  ...cell,
  environment: { ...cell.environment, ...variables },
})
const typed = (text: string) => (cell: Cell) => ({ ...cell, typed: Buffer.from(text, 'latin1') })
const framed = (frame: Cell['framed']) => (cell: Cell) => ({ ...cell, framed: frame })
const by = (signer: typeof key) => (cell: Cell) => ({ ...cell, by: signer })
const both =
  (...changes: readonly Variant['change'][]) =>
  (cell: Cell) =>
    changes.reduce((done, change) => change(done), cell)

const dialled = (address: string) =>
  environment({ SSH_CONNECTION: `192.0.2.7 50000 ${address} 22` })

const NOT_SAID = /^protocol: .*the signature is not that of this answer/

const ISSUED_USER = /^denied: the password was issued for the user/
const USER: readonly Variant[] = [
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

const ISSUED_ADDRESS = /^denied: the password was issued for the address/
const PLACE: readonly Variant[] = [
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
const HOST: readonly Variant[] = [
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

const ROLE: readonly Variant[] = [
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

const NONCE: readonly Variant[] = [
  right('not repeated, but signed', said({ nonce: undefined })),
  wrong(
    /^protocol: .*the answer is to another question/,
    'of another question',
    said({ nonce: 'f'.repeat(32) }),
  ),
  wrong(/^protocol: .*nonce is not a text/, 'empty', said({ nonce: '' })),
  wrong(/^protocol: .*nonce is not a text/, 'a number', said({ nonce: 1 })),
  wrong(NOT_SAID, 'another one signed', signed({ nonce: 'f'.repeat(32) })),
  wrong(NOT_SAID, 'none signed', signed({ nonce: '' })),
]

const SIGNATURE: readonly Variant[] = [
  wrong(/^protocol: .*the answer is not signed/, 'none', parts({ signature: undefined })),
  wrong(/^protocol: .*signature is not a text/, 'empty', parts({ signature: '' })),
  wrong(NOT_SAID, 'of zeros', parts({ signature: Buffer.alloc(64).toString('base64') })),
  wrong(NOT_SAID, 'no base64', parts({ signature: '!' })),
  wrong(
    /^protocol: .*key_id is not a text/,
    'without the name of its key',
    parts({ key_id: undefined }),
  ),
  wrong(/^protocol: .*time is not a text/, 'without a time', parts({ time: undefined })),
  ...(
    [
      { decision: 'refused' },
      { decision: 'echo' },
      { reason: 'OTP not found' },
      { otp: new Secret('00000000-24c9-4b7b-0d35-27d5e5203a5c') },
      { username: 'bob' },
      { ip: '10.1.2.4' },
      { host: 'web-1' },
      { role: 'dev' },
      { requestId: 'another' },
      { username: 'alice10.1.2.3', ip: '' },
    ] as const
  ).map(change => wrong(NOT_SAID, `over ${JSON.stringify(change)}`, signed(change))),
]

const NO_KEY = /^protocol: .*which is none of verify_keys/
const KEY: readonly Variant[] = [
  right('the second of two', set({ verify_keys: [textOf(other), textOf(key)] })),
  right('another one that is trusted', both(by(other), set({ verify_keys: [textOf(other)] }))),
  wrong(NO_KEY, 'one that is not trusted', by(other)),
  wrong(NO_KEY, 'no longer trusted', set({ verify_keys: [textOf(other)] })),
  wrong(
    NOT_SAID,
    'one that is not trusted, under the name of one that is',
    both(by(other), parts({ key_id: publicKeyIn(key).id })),
  ),
  wrong(NO_KEY, 'under another name', parts({ key_id: publicKeyIn(other).id })),
  wrong(/^protocol: .*key_id is not a text/, 'without a name', parts({ key_id: '' })),
]

const TIME: readonly Variant[] = [
  ...['1970-01-01T00:00:00.000Z', '2999-12-31T23:59:59.999Z', 'noon'].map(time =>
    right(`signed as ${time}, since the helper has no use for it`, signed({ time })),
  ),
  wrong(NOT_SAID, 'another than was signed', parts({ time: '2026-01-01T00:00:00.001Z' })),
]

const MOUNT: readonly Variant[] = [
  right(
    'another one, which is asked',
    both(signed({ mount: 'team/ssh' }), set({ ssh_mount_point: '/team/ssh/' })),
  ),
  ...['ssh2', 'ssh/', '', 'SSH', 'team/ssh'].map(mount =>
    wrong(NOT_SAID, `the answer of ${JSON.stringify(mount)}`, signed({ mount })),
  ),
  wrong(NOT_SAID, 'another one is asked', set({ ssh_mount_point: 'ssh2' })),
]

const refusing = (status: number, errors: readonly string[]) => () =>
  answered(status)(JSON.stringify({ errors }))
const chunked = (body: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
const REPLY: readonly Variant[] = [
  right('in chunks', framed(chunked)),
  right(
    'as HTTP/1.0',
    framed(body => answered(200)(body).replace('1.1', '1.0')),
  ),
  ...[201, 202, 301, 307, 401, 500, 502].map(status =>
    wrong(/^(?:protocol|unavailable): .*unexpected status/, `${status}`, framed(answered(status))),
  ),
  ...[204, 304].map(status =>
    wrong(/^protocol: .*unexpected status/, `${status}`, framed(answered(status))),
  ),
  wrong(
    /^denied: .*OTP not found \(the answer is not signed/,
    'a refusal',
    framed(refusing(400, ['OTP not found'])),
  ),
  wrong(/^protocol: .*unexpected status 400/, 'a login with 400', framed(answered(400))),
  wrong(/^protocol: .*refused with 403/, 'forbidden', framed(refusing(403, ['permission denied']))),
  wrong(/^protocol: .*no SSH engine there/, 'not found', framed(refusing(404, []))),
  wrong(/^unavailable: .*429/, 'too many requests', framed(refusing(429, ['rate limit']))),
  wrong(/^unavailable: .*it is sealed/, 'sealed', framed(refusing(503, ['Vault is sealed']))),
  wrong(
    /^protocol: .*the answer is not signed/,
    'an echo',
    framed(() => answered(200)('{"data":{"message":"verify-echo-response"}}')),
  ),
  wrong(/^protocol: .*not JSON/, 'HTML', framed(answered(200, { 'Content-Type': 'text/html' }))),
  wrong(/^protocol: .*not JSON/, 'no type', framed(answered(200, { 'Content-Type': '' }))),
  wrong(
    /^protocol: .*compressed/,
    'compressed',
    framed(answered(200, { 'Content-Encoding': 'gzip' })),
  ),
  wrong(
    /^protocol: .*two lengths/,
    'two lengths',
    framed(answered(200, { 'Transfer-Encoding': 'chunked' })),
  ),
  wrong(
    /^protocol: .*longer than it says/,
    'longer than it says',
    framed(body => `${answered(200)(body)} `),
  ),
  wrong(
    /^protocol: .*closed the connection/,
    'cut off',
    framed(body => answered(200)(body).slice(0, -1)),
  ),
  wrong(
    /^protocol: .*closed the connection/,
    'nothing',
    framed(() => ''),
  ),
  wrong(
    /^protocol: .*not HTTP/,
    'of another version',
    framed(body => answered(200)(body).replace('1.1', '2.0')),
  ),
  wrong(
    /^protocol: .*not HTTP/,
    'no HTTP',
    framed(body => `${body}\r\n\r\n`),
  ),
  wrong(
    /^protocol: .*unexpected status 100/,
    'an interim one in front',
    framed(body => `HTTP/1.1 100 Continue\r\n\r\n${answered(200)(body)}`),
  ),
  wrong(
    /^protocol: .*not JSON/,
    'no JSON',
    framed(body => answered(200)(body.slice(1))),
  ),
  wrong(
    /^protocol: .*twice/,
    'a name twice',
    framed(body =>
      answered(200)(body.replace('"data":{', '"data":{"username":"alice","username":"alice",')),
    ),
  ),
  wrong(
    /^protocol: .*data is not an object/,
    'a list of logins',
    framed(body => answered(200)(JSON.stringify({ data: [JSON.parse(body).data] }))),
  ),
  wrong(
    /^protocol: .*data is not an object/,
    'in the prototype',
    framed(body => answered(200)(`{"__proto__":${body}}`)),
  ),
  wrong(
    /^protocol: .*larger than 64 KiB/,
    'very long',
    framed(body => answered(200)(body + ' '.repeat(65_536))),
  ),
]

const ENVIRONMENT: readonly Variant[] = [
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

const TYPED: readonly Variant[] = [
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

describe('The matrix of a login', function () {
  this.timeout(60_000)

  let cells: LoginCells
  let base: Cell
  let axes: Readonly<Record<string, readonly Variant[]>>

  before(async () => {
    cells = new LoginCells()
    const address = await cells.listen()
    base = {
      environment: {
        ...{ PAM_SERVICE: 'sshd', PAM_USER: 'alice', PAM_TYPE: 'auth', PAM_RHOST: '192.0.2.7' },
        SSH_CONNECTION: `192.0.2.7 50000 ${HERE} 22`,
      },
      settings: {
        vault_addr: [address],
        allowed_roles: ['ops', 'dev'],
        allowed_users: ['alice'],
        verify_keys: [textOf(key)],
        state_directory: join(cells.folder, 'none'),
        ...hostSettings(cells.folder),
      },
      typed: Buffer.from(OTP),
      said: { username: 'alice', ip: HERE, role_name: 'ops' },
      signed: {},
      by: key,
      signature: {},
      framed: answered(200),
    }
    axes = {
      ...{ user: USER, address: PLACE, host: HOST, role: ROLE, nonce: NONCE },
      ...{ signature: SIGNATURE, key: KEY, time: TIME, mount: MOUNT },
      ...{ TLS: await tlsVariants(cells, address), reply: REPLY },
      ...{ environment: ENVIRONMENT, password: TYPED },
    }
  })
  after(() => cells[Symbol.dispose]())

  /** Runs the logins that differ in all of `variants` from the right one, and gives what is wrong with the outcome. */
  async function objections(combinations: readonly (readonly Variant[])[]): Promise<string[]> {
    const found: string[] = []
    for (const variants of combinations) {
      // what is wrong comes last, so that nothing makes it right
      const changes = [...rights(variants), ...wrongs(variants)]
      const cell = changes.reduce((done, { change }) => change(done), base)
      const outcome = await cells.run(cell)
      const reasons = variants.flatMap(({ reason }) => reason ?? [])
      const isExpected =
        reasons.length === 0 ? outcome === 'allowed' : reasons.some(each => each.test(outcome))
      if (!isExpected) found.push(`${variants.map(({ what }) => what).join(' + ')}: ${outcome}`)
    }
    return found
  }

  /** Every variant of one axis with every one of another. */
  const pairs = (one: Choice, two: Choice) =>
    Object.keys(axes).flatMap((first, at) =>
      Object.keys(axes)
        .slice(at + 1)
        .filter(second => !isOneThing(first, second))
        .flatMap(second => [
          ...product(one(axes[first]!), two(axes[second]!)),
          ...(one === two ? [] : product(one(axes[second]!), two(axes[first]!))),
        ]),
    )

  it('allows the right one', async () => {
    expect(await objections([[]])).to.deep.equal([])
  })

  it('allows what is right in another way, and denies everything else, for its own reason', async () => {
    const all = Object.values(axes).flat()
    expect(all).to.have.length.greaterThan(150)
    expect(await objections(all.map(each => [each]))).to.deep.equal([])
  })

  it('allows what is right in two other ways', async () => {
    expect(await objections(cases(someOf(pairs(rights, rights))))).to.deep.equal([])
  })

  it('denies what is wrong, whatever is right in another way', async () => {
    expect(await objections(cases(someOf(pairs(wrongs, rights))))).to.deep.equal([])
  })

  it('denies two things that are wrong, which never make one that is right', async () => {
    expect(await objections(cases(someOf(pairs(wrongs, wrongs))))).to.deep.equal([])
  })
})

type Choice = (variants: readonly Variant[]) => readonly Variant[]

const product = <T>(one: readonly T[], two: readonly T[]) =>
  one.flatMap(a => two.map(b => [a, b] as const))

/** All of them takes a minute: see test/support/releases.ts. */
const someOf = <T>(all: readonly T[]): readonly T[] =>
  process.env.POSTERN_TEST_LONG ? all : all.filter((_, at) => at % Math.ceil(all.length / 60) === 0)

const rights = (variants: readonly Variant[]) => variants.filter(({ reason }) => !reason)
const wrongs = (variants: readonly Variant[]) => variants.filter(({ reason }) => reason)

/** A password is for an address or for a host. */
const isOneThing = (first: string, second: string) =>
  [first, second].every(name => name === 'address' || name === 'host')

/** The name of this host, and a key of it. */
function hostSettings(folder: string) {
  const file = join(folder, 'host.key')
  writeFileSync(file, newKey().export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return { host_name: 'web-1', host_key: file }
}

async function tlsVariants(cells: LoginCells, plain: string): Promise<readonly Variant[]> {
  const authority = certificateAuthority(join(cells.folder, 'ca'))
  const stranger = certificateAuthority(join(cells.folder, 'stranger'))
  const own = { addresses: ['127.0.0.1'] }
  const good = authority.issue(own)
  const at = (address: string, more: Cell['settings'] = {}) =>
    set({ vault_addr: [address], ca_cert: authority.caFile, ...more })
  const secure = await cells.listen(good)
  const of = async (certificate: typeof good) => at(await cells.listen(certificate))
  const pin = pinOf(good.certFile)
  const FAULT = /^unavailable: /
  return [
    right('by the authority', at(secure)),
    right('by the authority, with the key that is pinned', at(secure, { pin_sha256: [pin] })),
    right('by its own certificate', at(secure, { ca_cert: good.certFile })),
    wrong(
      /^unavailable: .*has expired/,
      'expired',
      await of(authority.issue({ ...own, days: -1 })),
    ),
    wrong(FAULT, 'not valid yet', await of(authority.issue({ ...own, startsIn: 1 }))),
    wrong(FAULT, 'of another name', await of(authority.issue({ names: ['web.test'] }))),
    wrong(FAULT, 'self-signed', await of(authority.issue({ ...own, selfSigned: true }))),
    wrong(/^unavailable: .*not trusted/, 'of another authority', await of(stranger.issue(own))),
    wrong(
      FAULT,
      'below a server',
      await of(authority.below(join(cells.folder, 'b'), 'server').issue(own)),
    ),
    wrong(
      /^unavailable: .*none of those in pin_sha256/,
      'of another key',
      at(secure, { pin_sha256: [pinOf(stranger.issue(own).certFile)] }),
    ),
    wrong(FAULT, 'of another name that is wanted', at(secure, { tls_server_name: 'web.test' })),
    wrong(
      FAULT,
      'TLS 1.1',
      at(await cells.listen(good, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })),
    ),
    wrong(FAULT, 'none', at(plain.replace('http:', 'https:'))),
    wrong(/^(?:unavailable|protocol): /, 'none wanted', at(secure.replace('https:', 'http:'))),
  ]
}

const pinOf = (file: string) =>
  createHash('sha256')
    .update(
      new X509Certificate(readFileSync(file)).publicKey.export({ type: 'spki', format: 'der' }),
    )
    .digest('base64')
