import { expect } from 'chai'
import { type HttpReply, readReply } from '../../../helper/http-reply.ts'
import { Invalid } from '../../../shared/invalid.ts'

const head = (...lines: readonly string[]) => lines.map(line => `${line}\r\n`).join('')
const OK = 'HTTP/1.1 200 OK'
const JSON_TYPE = 'Content-Type: application/json'
const CHUNKED = 'Transfer-Encoding: chunked'
const sized = (body: string, ...lines: readonly string[]) =>
  `${head(OK, ...lines, `Content-Length: ${Buffer.byteLength(body, 'latin1')}`)}\r\n${body}`
const chunked = (body: string) => `${head(OK, CHUNKED)}\r\n${body}`
const bytes = (text: string) => Buffer.from(text, 'latin1')
const read = (text: string) => readReply(bytes(text))

const WHOLE: readonly (readonly [string, string, HttpReply])[] = [
  [
    'a body with its length',
    sized('{}', JSON_TYPE),
    { status: 200, contentType: 'application/json', body: '{}' },
  ],
  ['no body', sized(''), { status: 200, contentType: '', body: '' }],
  [
    'a type in other letters, with parameters',
    sized('{}', 'CONTENT-type:   Application/JSON ; charset=utf-8\t'),
    { status: 200, contentType: 'application/json', body: '{}' },
  ],
  ['two headers of a name that does not matter', sized('x', 'A: 1', 'A: 2'), plain('x')],
  ['an empty header', sized('x', 'A:'), plain('x')],
  ['a body in UTF-8', sized('\xc3\xa9'), plain('é')],
  ['a body that says it is as it is', sized('x', 'Content-Encoding: IDENTITY'), plain('x')],
  [
    'HTTP/1.0, and no words for the status',
    `${head('HTTP/1.0 404', 'Content-Length: 1')}\r\nx`,
    plain('x', 404),
  ],
  [
    'words for the status of any letters',
    `${head('HTTP/1.1 503 caf\xe9 !', 'Content-Length: 0')}\r\n`,
    plain('', 503),
  ],
  ['204 without a length', `${head('HTTP/1.1 204 No Content')}\r\n`, plain('', 204)],
  ['304 without a length', `${head('HTTP/1.1 304 Not Modified')}\r\n`, plain('', 304)],
  ['chunks', chunked('3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n'), plain('abcd')],
  [
    'chunks in capitals',
    `${head(OK, 'Transfer-Encoding: CHUNKED')}\r\nA\r\n0123456789\r\n0\r\n\r\n`,
    plain('0123456789'),
  ],
  ['no chunks', chunked('0\r\n\r\n'), plain('')],
  ['a chunk whose length has five digits', chunked(`00001\r\nx\r\n0\r\n\r\n`), plain('x')],
  [
    'as much as may come',
    sized('x'.repeat(65_536 - head(OK, 'Content-Length: 65000').length - 2).slice(0, 65_000)),
    plain('x'.repeat(65_000)),
  ],
]

function plain(body: string, status = 200): HttpReply {
  return { status, contentType: '', body }
}

/** Each with the message. */
const BROKEN: readonly (readonly [string, string, RegExp])[] = [
  ['another version', sized('').replace('1.1', '2.0'), /^the reply is not HTTP\/1\.1$/],
  ['something in front of the version', ` ${sized('')}`, /not HTTP\/1\.1$/],
  ['a status of four digits', sized('').replace('200', '2000'), /not HTTP\/1\.1$/],
  ['a status of two digits', sized('').replace('200', '20'), /not HTTP\/1\.1$/],
  ['a control character in the status line', sized('').replace('OK', 'O\x01'), /not HTTP/],
  ['no status line', '\r\n\r\n', /not HTTP\/1\.1$/],
  [
    'an interim status',
    `${head('HTTP/1.1 100 Continue')}\r\n${sized('')}`,
    /^unexpected status 100$/,
  ],
  ['the last interim status', sized('').replace('200', '199'), /^unexpected status 199$/],
  ['a header without a colon', sized('', 'A'), /^the reply has a broken header$/],
  ['a header without a name', sized('', ': x'), /broken header$/],
  ['a blank before the colon', sized('', 'A : x'), /broken header$/],
  ['a header that goes on in the next line', sized('', 'A: x', ' y'), /broken header$/],
  ['a control character in a header', sized('', 'A: \x01'), /broken header$/],
  ['a non-breaking space in a header', sized('', 'A: x\xa0'), /broken header$/],
  ['a line feed in a header', sized('', 'A: x\ny: z'), /broken header$/],
  ['two lengths', sized('x', 'content-LENGTH: 1'), /^the reply has two of content-length$/],
  ['two types', sized('x', JSON_TYPE, JSON_TYPE), /^the reply has two of content-type$/],
  [
    'two codings',
    `${head(OK, CHUNKED, CHUNKED)}\r\n0\r\n\r\n`,
    /^the reply has two of transfer-encoding$/,
  ],
  [
    'two encodings',
    sized('x', 'Content-Encoding: identity', 'Content-Encoding: identity'),
    /^the reply has two of content-encoding$/,
  ],
  ['a compressed body', sized('x', 'Content-Encoding: gzip'), /^the reply is compressed$/],
  ['a length and chunks', sized('0\r\n\r\n', CHUNKED), /^the reply has two lengths$/],
  ['an unknown coding', `${head(OK, 'Transfer-Encoding: gzip, chunked')}\r\n`, /unknown coding$/],
  ['no length', `${head(OK)}\r\n`, /^the reply does not say how long it is$/],
  ['a length with a sign', `${head(OK, 'Content-Length: +1')}\r\nx`, /does not say how long/],
  ['a length with a unit', `${head(OK, 'Content-Length: 1b')}\r\nx`, /does not say how long/],
  ['an empty length', `${head(OK, 'Content-Length:')}\r\nx`, /does not say how long/],
  ['a length of ten digits', `${head(OK, 'Content-Length: 0000000001')}\r\nx`, /how long/],
  [
    'a length above the limit',
    `${head(OK, 'Content-Length: 65537')}\r\n`,
    /^the reply is larger than 64 KiB$/,
  ],
  ['more than its length', `${sized('x')}y`, /^the reply is longer than it says$/],
  ['a chunk without a length', chunked('\r\nx'), /^the reply has a broken chunk$/],
  ['a chunk with an extension', chunked('1;a=b\r\nx\r\n'), /broken chunk$/],
  ['a length in front of which is something', chunked('-1\r\nx\r\n'), /broken chunk$/],
  ['a length of six digits', chunked('000001\r\nx\r\n'), /broken chunk$/],
  ['a chunk that is longer than it says', chunked('1\r\nxyz'), /broken chunk$/],
  ['something after the last chunk', chunked('0\r\n\r\nx'), /^the reply is longer than it says$/],
  ['a trailer', chunked('0\r\nA: b\r\n\r\n'), /broken chunk$/],
]

const PARTS: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['half a head', head(OK)],
  ['a head without its last byte', sized('').slice(0, -1)],
  ['half a body', sized('abc').slice(0, -1)],
  ['a head that announces as much as may come', `${head(OK, 'Content-Length: 65536')}\r\n`],
  ['no chunk yet', chunked('')],
  ['half the length of a chunk', chunked('1')],
  ['a chunk without its end', chunked('1\r\nx')],
  ['a chunk with half its end', chunked('1\r\nx\r')],
  ['no last chunk', chunked('1\r\nx\r\n')],
  ['half the last chunk', chunked('1\r\nx\r\n0\r\n\r')],
]

describe('A reply of HTTP', () => {
  for (const [what, text, expected] of WHOLE)
    it(`is read: ${what}`, () => {
      expect(read(text)).to.deep.equal(expected)
    })

  for (const [what, text, message] of BROKEN)
    it(`is refused: ${what}`, () => {
      expect(() => read(text)).to.throw(Invalid, message)
    })

  for (const [what, text] of PARTS)
    it(`is waited for: ${what}`, () => {
      expect(read(text)).to.equal(undefined)
    })

  it('is never read from a part of it, and never refused for that', () => {
    for (const [what, text] of WHOLE.filter(([, each]) => each.length < 1000))
      for (let length = 0; length < text.length; length++)
        expect(read(text.slice(0, length)), `${what}: ${length}`).to.equal(undefined)
  })

  it('is refused as soon as more has come than may', () => {
    expect(readReply(Buffer.alloc(65_536, 'x'))).to.equal(undefined)
    expect(() => readReply(Buffer.alloc(65_537, 'x'))).to.throw(/^the reply is larger than 64 KiB$/)
  })
})
