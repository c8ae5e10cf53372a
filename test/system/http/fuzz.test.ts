import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  dictionary,
  jsonValue,
  oneof,
  record,
  string,
  tuple,
  uint8Array,
} from 'fast-check'
import { serve } from '../../../engine/core/request/serve.ts'
import { pagesOf } from '../../../engine/http/pages.ts'
import { type Listening, listening } from '../../support/listening.ts'
import { testEngine } from '../../support/test-engine.ts'

const VERBS = ['GET', 'LIST', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'LINK', 'NONE']
const PATHS = [
  '/v1/ssh/roles/a',
  '/v1/ssh/creds/a',
  '/v1/ssh/lookup',
  '/v1/ssh/verify',
  '/v1/ssh/config/zeroaddress',
  '/v1/sys/mounts/a',
  '/v1/sys/health',
  '/v1/sys/leases/lookup',
  '/v1/auth/token/create',
  '/v1/auth/token/lookup-self',
  '/',
  '/ui/',
  '/ui/assets/a.js',
]
const FIELDS = [
  'key_type',
  'default_user',
  'cidr_list',
  'ip',
  'otp',
  'ttl',
  'type',
  'config',
  'roles',
  '__proto__',
]
const HEADERS = [
  'X-Vault-Namespace',
  'X-Vault-Wrap-TTL',
  'X-Correlation-Id',
  'Authorization',
  'Content-Type',
  'Expect',
  'Upgrade',
  'Accept-Encoding',
]

/** Milliseconds in which the server closes a connection whose client has ended it; less than it waits for the head of a request. */
const WAIT = 8000

describe('what comes from outside', function () {
  this.timeout(120_000)
  let server: Listening
  before(async () => {
    const { core } = await testEngine()
    const pages = pagesOf(new Map([['index.html', Buffer.from('document')]]))
    server = await listening({ handle: request => serve(core, request), pages })
  })
  after(() => server[Symbol.asyncDispose]())

  /** Sends bytes and no more. Every answer must be one a client is to blame for, or a good one, in the form of all answers. */
  async function send(bytes: Buffer) {
    const socket = connect(server.port, '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1').on('data', part => {
      text += part
    })
    socket.on('error', () => {}).end(bytes)
    await once(socket, 'close', { signal: AbortSignal.timeout(WAIT) })
    for (const [, status] of text.matchAll(/^HTTP\/1\.1 (\d+)/gm))
      expect(Number(status), text).to.be.below(500)
    expect(server.logged).to.deep.equal([])
  }

  const bytes = uint8Array({ maxLength: 200 }).map(each => Buffer.from(each))
  const text = (each: Uint8Array) => Buffer.from(each).toString('latin1')
  /** What may stand in a header, and some of what may not. */
  const value = oneof(
    string({ maxLength: 30 }),
    uint8Array({ maxLength: 10 }).map(text),
    constantFrom(
      'root',
      '-1',
      '5m',
      'Bearer root',
      'application/x-www-form-urlencoded',
      'websocket',
    ),
  )
  const body = oneof(
    bytes,
    dictionary(oneof(constantFrom(...FIELDS), string()), jsonValue()).map(each =>
      Buffer.from(JSON.stringify(each)),
    ),
    jsonValue().map(each => Buffer.from(JSON.stringify(each))),
    string().map(each => Buffer.from(each)),
  )
  const path = oneof(
    constantFrom(...PATHS),
    tuple(constantFrom(...PATHS), string({ maxLength: 10 })).map(parts => parts.join('')),
    tuple(constantFrom(...PATHS), array(string({ maxLength: 5 }), { maxLength: 4 })).map(
      ([start, parts]) => [start, ...parts.map(encodeURIComponent)].join('/'),
    ),
  )
  const message = record({
    verb: constantFrom(...VERBS),
    path,
    headers: array(tuple(constantFrom(...HEADERS), value), { maxLength: 3 }),
    body,
  }).map(each => {
    const lines = each.headers.map(([name, of]) => `${name}: ${of}\r\n`).join('')
    const head = `${each.verb} ${each.path} HTTP/1.1\r\nHost: x\r\nX-Vault-Token: root\r\n${lines}`
    return Buffer.concat([
      Buffer.from(`${head}Content-Length: ${each.body.length}\r\n\r\n`, 'latin1'),
      each.body,
    ])
  })

  // interrupted later than a connection is waited for, or one that stays open would not be found
  const options = { numRuns: 300, interruptAfterTimeLimit: 3 * WAIT, endOnFailure: true }

  it('does no harm as bytes', () => assert(asyncProperty(bytes, send), options))

  it('does no harm as one request', () => assert(asyncProperty(message, send), options))

  it('does no harm as several requests with bytes between', () =>
    assert(
      asyncProperty(array(oneof(message, message, bytes), { maxLength: 5 }), parts =>
        send(Buffer.concat(parts)),
      ),
      options,
    ))

  it('does not keep the server from answering', async () => {
    expect((await server.ask('GET /v1/sys/health HTTP/1.1\r\nHost: x\r\n\r\n'))?.status).to.equal(
      200,
    )
  })
})
