import { expect } from 'chai'
import type { LogLevel } from '../../engine/config/log-levels.ts'
import { openLog } from '../../engine/log.ts'
import { Secret } from '../../shared/secret.ts'

/** What a log at `level` writes of one line, without its time. */
function written(facts: object, { level = 'info' as LogLevel, line = 'info' as LogLevel } = {}) {
  const lines: string[] = []
  openLog(level, { write: text => void lines.push(text) })[line](facts, 'something happened')
  expect(lines.every(text => text.endsWith('}\n'))).to.equal(true)
  return lines.map(text => {
    const { time, ...rest } = JSON.parse(text)
    expect(time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    return rest
  })
}

const LINE = { level: 'info', msg: 'something happened' }

describe('openLog', () => {
  it('writes a line of JSON', () => {
    expect(written({ address: '127.0.0.1:8200', count: 2, tls: true, none: null })).to.deep.equal([
      { ...LINE, address: '127.0.0.1:8200', count: 2, tls: true, none: null },
    ])
  })

  it('writes nothing below its level', () => {
    expect(written({}, { level: 'warn', line: 'info' })).to.deep.equal([])
  })

  it('writes what is at its level', () => {
    expect(written({}, { level: 'trace', line: 'trace' })).to.deep.equal([
      { ...LINE, level: 'trace' },
    ])
  })

  for (const [what, facts, shown] of [
    ['a Secret', { given: new Secret('hidden') }, { given: '[secret]' }],
    ['a token', { token: 'hidden' }, { token: '[secret]' }],
    ['a header', { 'x-vault-token': 'hidden' }, { 'x-vault-token': '[secret]' }],
    ['headers', { headers: { host: 'hidden' } }, { headers: '[secret]' }],
    ['a body', { body: Buffer.from('hidden') }, { body: '[secret]' }],
    ['a password', { request: { data: { otp: 'hidden' } } }, { request: { data: '[secret]' } }],
    ['a private key', { privateKey: 'hidden' }, { privateKey: '[secret]' }],
    ['a token inside a text', { path: 'a/hvs.hidden/b' }, { path: 'a/[secret]/b' }],
    ['bytes', { list: [Buffer.from('hidden')] }, { list: ['[Buffer]'] }],
    ["a library's object", { map: new Map([['a', 'hidden']]) }, { map: '[Map]' }],
  ] as const)
    it(`does not show ${what}`, () => {
      expect(written(facts)).to.deep.equal([{ ...LINE, ...shown }])
    })

  it('shows of an error its name, code, message, stack and cause, and nothing that hangs on it', () => {
    const cause = Object.assign(new Error('cause hvs.hidden'), { rawPacket: Buffer.from('hidden') })
    const error = Object.assign(new TypeError('outer', { cause }), {
      code: 'ERR_SOME',
      request: { token: 'hidden' },
    })
    const [line] = written({ error })
    expect(line.error.stack).to.match(/^TypeError: outer\n {4}at /)
    expect(line.error.cause.stack).to.match(/^Error: cause \[secret\]\n {4}at /)
    delete line.error.stack
    delete line.error.cause.stack
    expect(line).to.deep.equal({
      ...LINE,
      error: {
        name: 'TypeError',
        message: 'outer',
        code: 'ERR_SOME',
        cause: { name: 'Error', message: 'cause [secret]' },
      },
    })
  })

  it('shows every error of several', () => {
    const [line] = written({
      error: new AggregateError([new Error('one'), new Error('two')], 'all'),
    })
    expect(line.error.errors.map((each: Error) => each.message)).to.deep.equal(['one', 'two'])
  })

  it('keeps a line short', () => {
    expect(JSON.stringify(written({ text: 'x'.repeat(1e6) })).length).to.be.below(3000)
  })

  it('does not follow a circle', () => {
    const circle: Record<string, unknown> = {}
    circle.again = circle
    expect(written(circle)).to.deep.equal([
      { ...LINE, again: { again: { again: { again: '[more]' } } } },
    ])
  })
})
