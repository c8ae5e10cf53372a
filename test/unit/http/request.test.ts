import { expect } from 'chai'
import { type Listening, listening } from '../../support/listening.ts'

/** The text of a request. A body gets its length. */
function message(line: string, { headers = {} as Record<string, string>, body = '' } = {}) {
  const length = body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  const lines = Object.entries({ Host: 'x', ...length, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return Buffer.from(`${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

describe('readRequest', () => {
  let server: Listening
  before(async () => {
    server = await listening()
  })
  after(() => server[Symbol.asyncDispose]())

  /** What the handler is given for a request. */
  async function read(...given: Parameters<typeof message>) {
    server.seen.length = 0
    const answer = await server.ask(message(...given))
    expect(answer?.status, answer?.body).to.equal(204)
    expect(server.seen.length).to.equal(1)
    return server.seen[0] ?? expect.fail()
  }
  /** The answer to a request that no handler is given. */
  async function refusal(...given: Parameters<typeof message>) {
    server.seen.length = 0
    const answer = await server.ask(message(...given))
    expect(server.seen).to.deep.equal([])
    return answer && [answer.status, answer.body]
  }
  const errors = (...texts: string[]) => `${JSON.stringify({ errors: texts })}\n`
  const form = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' }

  it('says all there is to know of a request', async () => {
    const { id, client, headers, isHeard, ...rest } = await read('GET /v1/ssh/roles/web', {
      headers: { 'X-A': 'b' },
    })
    expect(isHeard?.()).to.be.a('boolean')
    expect(id).to.match(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    expect(client.address).to.equal('127.0.0.1')
    expect(client.port).to.be.above(1023)
    expect(['x-a', 'x-b', 'constructor'].map(name => headers?.(name))).to.deep.equal([
      ['b'],
      undefined,
      undefined,
    ])
    expect(rest).to.deep.equal({
      operation: 'read',
      path: 'ssh/roles/web',
      token: undefined,
      data: {},
      correlation: undefined,
      wrapTtl: undefined,
      ifNoneMatch: undefined,
      nonce: undefined,
    })
  })

  for (const [line, operation, path] of [
    ['GET /v1/a', 'read', 'a'],
    ['GET /v1/a/', 'read', 'a'],
    ['DELETE /v1/a/', 'delete', 'a'],
    ['DELETE /v1/a%2F', 'delete', 'a'],
    ['GET /v1/a?list=true', 'list', 'a/'],
    ['GET /v1/a/?list=1', 'list', 'a/'],
    ['GET /v1/a?list=T', 'list', 'a/'],
    ['GET /v1/a?list=f', 'read', 'a'],
    ['GET /v1/a?list=', 'read', 'a'],
    ['LIST /v1/a', 'list', 'a/'],
    ['LIST /v1/a/', 'list', 'a/'],
    ['LIST /v1/a?list=maybe', 'list', 'a/'],
    ['POST /v1/a', 'update', 'a'],
    ['PUT /v1/a', 'update', 'a'],
    ['DELETE /v1/a', 'delete', 'a'],
    ['DELETE /v1/a?list=true', 'delete', 'a'],
    ['HEAD /v1/a', 'header', 'a'],
    ['GET /v1/a?help=1', 'help', 'a'],
    ['POST /v1/a/?help=x', 'help', 'a'],
    ['LIST /v1/a?help=1', 'help', 'a'],
    ['GET /v1/a?help=', 'read', 'a'],
    ['GET /v1/', 'read', ''],
    ['GET //v1//ssh///roles//', 'read', 'ssh/roles'],
    ['GET /v1/a%2Fb%20c', 'read', 'a/b c'],
    ['GET /v1/r%C3%B4le', 'read', 'rôle'],
    ['GET /v1/a+b', 'read', 'a+b'],
    ['GET http://host:8200/v1/a?list=true', 'list', 'a/'],
  ] as const)
    it(`takes ${line} for a ${operation} of ${JSON.stringify(path)}`, async () => {
      const request = await read(line)
      expect([request.operation, request.path]).to.deep.equal([operation, path])
    })

  for (const [line, status, ...texts] of [
    ['GET /', 404],
    ['GET /v1', 404],
    ['GET /v2/a', 404],
    ['GET /ui/', 404],
    ['OPTIONS *', 404],
    ['GET /v1/a?list=maybe', 400],
    ['GET /v1/a%zz', 400],
    ['GET /v1/a%ff', 400],
    ['GET /v1/a%00', 400],
    ['GET /v1/a%0A', 400],
    ['GET /v1/a%E2%80%AE', 400],
    ['GET /v1/../sys/health', 400, 'relative paths not supported'],
    ['GET /v1/a/./b', 400, 'relative paths not supported'],
    ['GET /v1/a/%2e%2E/b', 400, 'relative paths not supported'],
    ['POST /v1/a/', 400, "cannot write to a path ending in '/'"],
    ['OPTIONS /v1/a', 400, 'cannot handle internal-only request operation'],
    ['LINK /v1/a', 405],
    ['SEARCH /v1/a', 405],
    ['TRACE /v1/a', 405],
    ['SCAN /v1/a', 405],
    ['CONNECT host:22', 405],
  ] as const)
    it(`answers ${line} with ${status}`, async () => {
      expect(await refusal(line)).to.deep.equal([status, errors(...texts)])
    })

  it('wants a host in HTTP/1.1, and none in HTTP/1.0', async () => {
    const without = await server.ask('GET /v1/a HTTP/1.1\r\n\r\n')
    expect([without?.status, without?.body]).to.deep.equal([400, errors()])
    expect((await server.ask('GET /v1/a HTTP/1.0\r\n\r\n'))?.status).to.equal(204)
  })

  describe('data', () => {
    for (const [what, line, data] of [
      ['a query', 'GET /v1/a?b=1&c=', { b: '1', c: '' }],
      ['a repeated key', 'GET /v1/a?b=1&c=2&b=3', { b: ['1', '3'], c: '2' }],
      ['an encoded query', 'DELETE /v1/a?b%20c=%C3%A9+%26', { 'b c': 'é &' }],
      ['all but list', 'GET /v1/a?list=true&after=b', { after: 'b' }],
      ['all but help', 'HEAD /v1/a?help=&b=1', { b: '1' }],
      ['a query of LIST', 'LIST /v1/a?b=1', { b: '1' }],
      ['no query of a write', 'POST /v1/a?b=1', {}],
      ['nothing for help', 'GET /v1/a?help=1&b=1', {}],
    ] as const)
      it(`is ${what}: ${line}`, async () => {
        expect((await read(line)).data).to.deep.equal(data)
      })

    for (const [what, body, data, headers] of [
      ['JSON without a type', '{"a":"1","b":[true,null,2]}', { a: '1', b: [true, null, 2] }, {}],
      ['JSON of another type', '{"a":1}', { a: 1 }, { 'Content-Type': 'text/plain' }],
      ['JSON that says it is a form', ' \n{"a":1}', { a: 1 }, form],
      ['nothing', '', {}, {}],
      ['white space', ' \r\n\t', {}, {}],
      ['null', 'null', {}, {}],
      ['a key twice', '{"a":1,"a":2}', { a: 2 }, {}],
      ['UTF-8', '{"é":"ü"}', { é: 'ü' }, {}],
      ['an escaped quote', '{"a\\"":"\\\\"}', { 'a"': '\\' }, {}],
      ['a form', 'a=1&b=x+y%21', { a: '1', b: 'x y!' }, form],
      ['a form with a repeated key', 'a=1&b=2&a=3', { a: '1,3', b: '2' }, form],
      ['a form without a value', 'a', { a: '' }, form],
    ] as const)
      it(`of a write is in a body of ${what}`, async () => {
        expect((await read('PUT /v1/a', { body, headers })).data).to.deep.equal(data)
      })

    it('of a write is not there without a body', async () => {
      expect((await read('POST /v1/a', { headers: { 'Content-Length': '0' } })).data).to.deep.equal(
        {},
      )
    })

    it('of a write may come in chunks', async () => {
      const body = '3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'
      const { status } =
        (await server.ask(
          `POST /v1/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
        )) ?? expect.fail()
      expect(status).to.equal(204)
      expect(server.seen.at(-1)?.data).to.deep.equal({ a: 1 })
    })

    it('is in a query of up to 500 members', async () => {
      const query = (count: number) =>
        Array.from({ length: count }, (_, each) => `k${each}`).join('&')
      expect(Object.keys((await read(`GET /v1/a?${query(500)}`)).data).length).to.equal(500)
      expect((await read(`GET /v1/a?${'a&'.repeat(500)}`)).data).to.deep.equal({
        a: Array(500).fill(''),
      })
      for (const line of [`GET /v1/a?${query(501)}`, `POST /v1/a?${'a&'.repeat(501)}`])
        expect(await refusal(line)).to.deep.equal([
          400,
          errors('refused query: more than 500 members'),
        ])
    })

    it('does not change what objects are', async () => {
      const { data } = await read('POST /v1/a', { body: '{"__proto__":{"polluted":1}}' })
      expect(Object.keys(data)).to.deep.equal(['__proto__'])
      for (const line of ['GET /v1/a?__proto__=1&__proto__=2', 'GET /v1/a?constructor=1'])
        expect(Object.getPrototypeOf((await read(line)).data)).to.equal(Object.prototype)
      expect(Object.getPrototypeOf(data)).to.equal(Object.prototype)
      expect('polluted' in {}).to.equal(false)
    })

    for (const [what, body, text, headers] of [
      ['a list', '[1]', 'failed to decode JSON input: expected an object, got a list', {}],
      ['a text', '"secret"', 'failed to decode JSON input: expected an object, got a string', {}],
      ['a number', '4', 'failed to decode JSON input: expected an object, got a number', {}],
      ['half an object', '{"a":', 'failed to decode JSON input: not valid JSON', {}],
      ['two objects', '{}{}', 'failed to decode JSON input: not valid JSON at position 2', {}],
      ['a form of no type', 'secret=1', 'failed to decode JSON input: not valid JSON', {}],
      ['a byte order mark', '\ufeff{}', 'failed to decode JSON input: not valid JSON', {}],
      ['a form with a bad escape', 'a=%zz', 'error parsing form data', form],
      ['a form of many members', 'a&'.repeat(501), 'refused form: more than 500 members', form],
      [
        'many strings',
        `{"a":[${'"",'.repeat(1000)}1]}`,
        'refused JSON input due to high complexity: more than 1000 strings',
        {},
      ],
      [
        'many values',
        `{"a":[${'1,'.repeat(100_001)}1]}`,
        'refused JSON input due to high complexity: more than 100000 values',
        {},
      ],
      [
        'great depth',
        '['.repeat(100_000),
        'refused JSON input due to high complexity: nested more than 100 levels deep',
        {},
      ],
    ] as const)
      it(`is not in a body of ${what}`, async () => {
        expect(await refusal('POST /v1/a', { body, headers })).to.deep.equal([400, errors(text)])
      })

    it('may be as large as 32 MiB, and not larger', async () => {
      const size = 32 * 1024 * 1024
      const { data } = await read('POST /v1/a', { body: `{"a":"${'x'.repeat(size - 8)}"}` })
      expect(String(data.a).length).to.equal(size - 8)
      const larger = await refusal('POST /v1/a', { body: `{"a":"${'x'.repeat(size - 7)}"}` })
      expect(larger).to.deep.equal([413, errors('http: request body too large')])
    })

    it('without a valid token may have up to 64 KiB', async () => {
      await using strict = await listening({ isKnown: false })
      const size = 64 * 1024
      const post = (length: number) =>
        message('POST /v1/a', { body: `{"a":"${'x'.repeat(length - 8)}"}` })
      expect((await strict.ask(post(size)))?.status).to.equal(204)
      for (const length of [size + 1, 8 * size]) {
        const answer = await strict.ask(post(length))
        expect([answer?.status, answer?.headers.connection, answer?.body]).to.deep.equal([
          413,
          'close',
          errors('http: request body too large'),
        ])
      }
      expect(strict.seen.length).to.equal(1)
    })

    it('is refused before it has come if it will be much too large', async () => {
      const headers = { 'Content-Length': String(2 ** 40) }
      expect(await refusal('POST /v1/a', { headers })).to.deep.equal([
        413,
        errors('http: request body too large'),
      ])
    })
  })

  describe('PATCH', () => {
    const patch = (type: string) => ({ body: '{"a":1}', headers: { 'Content-Type': type } })

    for (const type of ['application/merge-patch+json', 'Application/Merge-Patch+JSON; x=y'])
      it(`is a patch of type ${type}`, async () => {
        const { operation, data } = await read('PATCH /v1/a', patch(type))
        expect([operation, data]).to.deep.equal(['patch', { a: 1 }])
      })

    for (const type of ['', 'application/json'])
      it(`is refused of type "${type}"`, async () => {
        expect(await refusal('PATCH /v1/a', patch(type))).to.deep.equal([
          415,
          errors(`PATCH requires Content-Type of application/merge-patch+json, provided ${type}`),
        ])
      })
  })

  describe('token', () => {
    for (const [headers, token] of [
      [{ 'X-Vault-Token': 'xyz' }, 'xyz'],
      [{ 'X-Vault-Token': 'xyz', Authorization: 'Bearer uvw' }, 'xyz'],
      [{ 'X-Vault-Token': '', Authorization: 'Bearer uvw' }, 'uvw'],
      [{ Authorization: 'Bearer   uvw  ' }, 'uvw'],
      [{ Authorization: 'bearer uvw' }, undefined],
      [{ Authorization: 'Basic uvw' }, undefined],
      [{ Authorization: 'Bearer ' }, undefined],
    ] as const)
      it(`is ${token} in ${JSON.stringify(headers)}`, async () => {
        const request = await read('GET /v1/a', { headers: { ...headers } })
        expect(request.token?.reveal()).to.equal(token)
        expect(JSON.stringify(request)).not.to.match(/xyz|uvw/)
      })
  })

  describe('namespace', () => {
    for (const namespace of ['', '/', 'root', 'root/'])
      it(`"${namespace}" is the root, and is repeated`, async () => {
        const headers = { 'X-Vault-Namespace': namespace }
        const answer = await server.ask(message('GET /v1/sys/health', { headers }))
        expect([answer?.status, answer?.headers['x-vault-namespace']]).to.deep.equal([
          204,
          namespace,
        ])
      })

    it('that has bytes beyond ASCII is repeated as it is', async () => {
      const name = 'root\x80\xff'
      const bytes = message('GET /v1/sys/health', { headers: { 'X-Vault-Namespace': name } })
      const answer = await server.ask(Buffer.from(bytes.toString(), 'latin1'))
      expect(answer?.headers['x-vault-namespace']).to.equal(name)
    })

    for (const [path, status, text] of [
      ['ssh/roles', 404, 'namespace not found'],
      ['sys/mounts', 404, 'namespace not found'],
      ['sys/init', 400, 'operation unavailable in namespaces'],
      ['sys/seal-status', 400, 'operation unavailable in namespaces'],
      ['sys/config/cors', 400, 'operation unavailable in namespaces'],
    ] as const)
      it(`that is unknown is answered with ${status} on ${path}`, async () => {
        const headers = { 'X-Vault-Namespace': 'team/' }
        expect(await refusal(`GET /v1/${path}`, { headers })).to.deep.equal([status, errors(text)])
      })
  })

  describe('wrapTtl', () => {
    for (const [text, seconds] of [
      ['60', 60],
      ['5m', 300],
      ['0', undefined],
      ['', undefined],
    ] as const)
      it(`is ${seconds} for "${text}"`, async () => {
        const headers = { 'X-Vault-Wrap-TTL': text }
        expect((await read('GET /v1/a', { headers })).wrapTtl).to.equal(seconds)
      })

    for (const [text, detail] of [
      ['-5s', 'requested wrap ttl cannot be negative'],
      [
        'soon',
        '"soon" is not a duration: write seconds, or a number with a unit as in "90s", "30m", "1h30m" or "2d"',
      ],
    ] as const)
      it(`cannot be "${text}"`, async () => {
        const headers = { 'X-Vault-Wrap-TTL': text }
        expect(await refusal('GET /v1/a', { headers })).to.deep.equal([
          400,
          errors(`error parsing X-Vault-Wrap-TTL header: ${detail}`),
        ])
      })
  })

  describe('correlation', () => {
    for (const [text, correlation] of [
      ['login 42', 'login 42'],
      ['x'.repeat(64), 'x'.repeat(64)],
      ['x'.repeat(65), undefined],
      ['', undefined],
      ['é', undefined],
      ['a\tb', undefined],
    ] as const)
      it(`is ${correlation} for ${JSON.stringify(text)}`, async () => {
        const headers = { 'X-Correlation-Id': text }
        expect((await read('GET /v1/a', { headers })).correlation).to.equal(correlation)
      })
  })

  it('trusts no header for the client address', async () => {
    const headers = { 'X-Forwarded-For': '203.0.113.9', Forwarded: 'for=203.0.113.9' }
    expect((await read('GET /v1/a', { headers })).client.address).to.equal('127.0.0.1')
  })

  it('ignores headers that other servers know', async () => {
    const headers = {
      'X-Vault-MFA': 'a:b',
      'X-Vault-Request': 'true',
      'X-Vault-Index': 'x',
      Expect: 'wonders',
      Upgrade: 'websocket',
      Connection: 'Upgrade',
    }
    expect((await read('GET /v1/a', { headers })).path).to.equal('a')
  })
})
