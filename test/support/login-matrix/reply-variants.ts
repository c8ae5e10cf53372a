import { answered } from './login-cells.ts'
import { framed, right, type Variant, wrong } from './variant.ts'

export const refusing = (status: number, errors: readonly string[]) => () =>
  answered(status)(JSON.stringify({ errors }))
export const chunked = (body: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
export const REPLIES: readonly Variant[] = [
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
