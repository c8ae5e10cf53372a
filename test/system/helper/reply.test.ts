import { expect } from 'chai'
import type { ExitReason } from '../../../helper/exit-codes.ts'
import { Bed, type Ended, expectEnd, HERE, OTP, together } from '../../support/helper.ts'
import { type Conduct, reply } from '../../support/hostile.ts'

const GOOD = { username: 'alice', ip: HERE, role_name: 'ops' }
const good = (changes: object = {}) => reply(200, { data: { ...GOOD, ...changes } })
const text = JSON.stringify({ data: GOOD })
const errors = (status: number, words: string) => reply(status, { errors: [words] })
const chunk = (part: string) => `${part.length.toString(16)}\r\n${part}\r\n`
const framed = (headers: string, body: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${headers}\r\n${body}`
const without = (key: keyof typeof GOOD) => good({ [key]: undefined })
const redirect = (status: number) =>
  reply(status, '', { Location: 'https://127.0.0.1:1/v1/ssh/verify' })

/** What an engine that is trusted may answer, and how the login ends. */
const CASES: readonly (readonly [string, Conduct, ExitReason])[] = [
  ['the whole answer', (_, { nonce }) => good({ nonce }), 'allowed'],
  ['an answer without nonce, as Vault gives', good(), 'allowed'],
  [
    'an answer in chunks',
    framed(
      'Transfer-Encoding: chunked\r\n',
      chunk(text.slice(0, 9)) + chunk(text.slice(9)) + chunk(''),
    ),
    'allowed',
  ],
  ['an address mapped into IPv6', good({ ip: `::ffff:${HERE}` }), 'allowed'],
  ['another user', good({ username: 'bob' }), 'denied'],
  ['the user in other letters', good({ username: 'Alice' }), 'denied'],
  ['the user with a blank', good({ username: 'alice ' }), 'denied'],
  ['another address', good({ ip: '10.1.2.4' }), 'denied'],
  ['the loopback address', good({ ip: '127.0.0.1' }), 'denied'],
  ['an address with a leading zero', good({ ip: '10.1.2.03' }), 'protocol'],
  ['no address', good({ ip: 'web.test' }), 'protocol'],
  ['the nonce of another question', good({ nonce: 'f'.repeat(32) }), 'protocol'],
  ['a nonce that is no text', good({ nonce: 1 }), 'protocol'],
  ['the echo', reply(200, { data: { message: 'verify-echo-response' } }), 'protocol'],
  ['the echo besides a login', good({ message: 'verify-echo-response' }), 'protocol'],
  ['no user', without('username'), 'protocol'],
  ['no address field', without('ip'), 'protocol'],
  ['no role', without('role_name'), 'protocol'],
  ['an empty role', good({ role_name: '' }), 'protocol'],
  ['an empty user', good({ username: '' }), 'protocol'],
  ['a list for a user', good({ username: ['alice'] }), 'protocol'],
  ['null for an address', good({ ip: null }), 'protocol'],
  ['a number for a role', good({ role_name: 1 }), 'protocol'],
  ['null data', reply(200, { data: null }), 'protocol'],
  ['no data', reply(200, GOOD), 'protocol'],
  ['a list of data', reply(200, { data: [GOOD] }), 'protocol'],
  [
    'fields of the prototype',
    reply(200, `{"data":{"__proto__":${JSON.stringify(GOOD)}}}`),
    'protocol',
  ],
  [
    'a name twice',
    reply(200, `{"data":{"username":"bob","username":"alice","ip":"${HERE}","role_name":"ops"}}`),
    'protocol',
  ],
  [
    'a name twice, once escaped',
    reply(
      200,
      `{"data":{"username":"bob","\\u0075sername":"alice","ip":"${HERE}","role_name":"ops"}}`,
    ),
    'protocol',
  ],
  ['data twice', reply(200, `{"data":null,"data":${JSON.stringify(GOOD)}}`), 'protocol'],
  ['no JSON', reply(200, 'OK'), 'protocol'],
  ['half of JSON', reply(200, text.slice(0, -1)), 'protocol'],
  ['JSON and something', reply(200, `${text}x`), 'protocol'],
  ['the number 1', reply(200, '1'), 'protocol'],
  ['null', reply(200, 'null'), 'protocol'],
  ['an empty body', reply(200, ''), 'protocol'],
  ['a web page', reply(200, text, { 'Content-Type': 'text/html' }), 'protocol'],
  [
    'no content type',
    `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    'protocol',
  ],
  ['204 and nothing', 'HTTP/1.1 204 No Content\r\n\r\n', 'protocol'],
  ['201', reply(201, { data: GOOD }), 'protocol'],
  ['206', reply(206, { data: GOOD }), 'protocol'],
  ['100 and then an answer', `HTTP/1.1 100 Continue\r\n\r\n${good()}`, 'protocol'],
  ['101', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'protocol'],
  ['301', redirect(301), 'protocol'],
  ['302', redirect(302), 'protocol'],
  ['307', redirect(307), 'protocol'],
  ['308', redirect(308), 'protocol'],
  ['400 with a reason', errors(400, 'OTP not found'), 'denied'],
  ['400 with an answer', reply(400, { data: GOOD }), 'protocol'],
  ['403', errors(403, 'permission denied'), 'protocol'],
  ['404', errors(404, 'no handler for route'), 'protocol'],
  ['429', errors(429, 'too many requests'), 'unavailable'],
  ['500', errors(500, 'internal error'), 'unavailable'],
  ['503 without a reason', reply(503, ''), 'unavailable'],
  ['503 since it is sealed', errors(503, 'Vault is sealed'), 'unavailable'],
  ['999', reply(999, { data: GOOD }), 'unavailable'],
  ['HTTP/2', good().replace('HTTP/1.1', 'HTTP/2'), 'protocol'],
  ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n', 'protocol'],
  [
    'two lengths',
    framed(`Content-Length: ${text.length}\r\nContent-Length: ${text.length}\r\n`, text),
    'protocol',
  ],
  [
    'a length and chunks',
    framed(`Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`, chunk(text) + chunk('')),
    'protocol',
  ],
  ['no length', framed('', text), 'protocol'],
  ['a negative length', framed('Content-Length: -1\r\n', text), 'protocol'],
  [
    'a length in hexadecimal',
    framed(`Content-Length: 0x${text.length.toString(16)}\r\n`, text),
    'protocol',
  ],
  ['a length too large', framed('Content-Length: 999999999\r\n', text), 'protocol'],
  ['less than its length', framed(`Content-Length: ${text.length + 1}\r\n`, text), 'protocol'],
  ['more than its length', framed(`Content-Length: ${text.length}\r\n`, `${text}}`), 'protocol'],
  ['two answers', good() + good(), 'protocol'],
  [
    'a broken chunk',
    framed('Transfer-Encoding: chunked\r\n', `zz\r\n${text}\r\n0\r\n\r\n`),
    'protocol',
  ],
  ['chunks without an end', framed('Transfer-Encoding: chunked\r\n', chunk(text)), 'protocol'],
  [
    'an unknown coding',
    framed('Transfer-Encoding: gzip, chunked\r\n', chunk(text) + chunk('')),
    'protocol',
  ],
  [
    'compressed',
    framed(`Content-Encoding: gzip\r\nContent-Length: ${text.length}\r\n`, text),
    'protocol',
  ],
  ['a folded header', framed(`X: a\r\n b\r\nContent-Length: ${text.length}\r\n`, text), 'protocol'],
  ['a blank before a colon', framed(`Content-Length : ${text.length}\r\n`, text), 'protocol'],
  ['ends of line without CR', good().replaceAll('\r\n', '\n'), 'protocol'],
  ['half of its headers', 'HTTP/1.1 200 OK\r\nContent-Ty', 'protocol'],
  ['nothing at all', '', 'protocol'],
  [
    '65 KiB of headers',
    framed(`X: ${'x'.repeat(65 * 1024)}\r\nContent-Length: ${text.length}\r\n`, text),
    'protocol',
  ],
  ['a megabyte of body', reply(200, { data: GOOD, more: 'x'.repeat(1024 * 1024) }), 'protocol'],
  ['headers without an end', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(200_000)}`, 'protocol'],
  [
    'the password and what a terminal obeys',
    (_, { otp }) => errors(400, `no ${otp} \u001b[31m\r\ndecision=allowed`),
    'denied',
  ],
]

describe('The helper, when a trusted engine answers with', function () {
  this.timeout(40_000)

  const bed = new Bed()
  let ends: ReadonlyMap<
    string,
    { readonly ended: Ended; readonly received: string; readonly requests: number }
  >

  before(async () => {
    ends = await together(CASES, async ([, conduct]) => {
      await using engine = await bed.engine(conduct)
      const ended = await bed.run({ engines: [engine] })
      return { ended, received: engine.received, requests: engine.requests }
    })
  })
  after(() => bed[Symbol.dispose]())

  for (const [what, , end] of CASES)
    it(`${what}: ${end}`, () => {
      const { ended, received, requests } = ends.get(what)!
      expectEnd(ended, end)
      expect(requests).to.equal(1)
      expect(received).to.match(/^PUT \/v1\/ssh\/verify HTTP\/1\.1\r\n/)
      expect(received.split(OTP)).to.have.lengthOf(2)
      expect(ended.log.trimEnd().split('\n')).to.have.lengthOf(1)
      expect(ended.log).to.match(/^[\x20-\x7e]*\n$/)
    })

  it('is asked for by the roles that may log in, unless all may', async () => {
    const asked = async (allowed_roles: string | readonly string[]) => {
      await using engine = await bed.engine(reply(400, { errors: ['OTP not found'] }))
      await bed.run({ engines: [engine], settings: { allowed_roles } })
      return JSON.parse(engine.received.split('\r\n\r\n')[1] ?? '').roles
    }
    expect(await asked(['ops', 'web'])).to.deep.equal(['ops', 'web'])
    expect(await asked('*')).to.equal(undefined)
  })
})
