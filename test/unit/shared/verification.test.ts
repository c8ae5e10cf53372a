import { expect } from 'chai'
import { assert, constantFrom, dictionary, jsonValue, oneof, property, string } from 'fast-check'
import { Invalid } from '../../../shared/invalid.ts'
import { requireUniqueKeys } from '../../../shared/json-keys.ts'
import { Secret } from '../../../shared/secret.ts'
import { readRefusal, readVerifyReply, writeVerifyRequest } from '../../../shared/verification.ts'

const GOOD = { username: 'alice', ip: '10.1.2.3', role_name: 'ops' }
const texts = ['username', 'ip', 'role_name', 'nonce'] as const
const ECHO = { message: 'verify-echo-response', nonce: 'n' }
const SIGNED = { key_id: 'k', time: 't', signature: 's' }
const SIGNATURE = { keyId: 'k', time: 't', requestId: 'r', signature: 's' }
const names = constantFrom(...texts, 'message', 'data', '__proto__')
const values = oneof(
  constantFrom('alice', '10.1.2.3', '::1', 'verify-echo-response', '', null),
  jsonValue(),
)
const data = oneof(dictionary(names, values), jsonValue())

describe('readVerifyReply', () => {
  it('accepts nothing that is not whole', () => {
    assert(
      property(data, body => {
        const text = JSON.stringify({ data: body })
        const answer = answerOf(text)
        if (answer === undefined) return
        const { data: read } = JSON.parse(text)
        expect(answer.nonce).to.equal(read.nonce)
        if (answer.kind === 'echo') {
          expect(read.message).to.equal('verify-echo-response')
          return
        }
        expect([answer.username, answer.role]).to.deep.equal([read.username, read.role_name])
        for (const part of [answer.username, answer.role, answer.ip ?? answer.host])
          expect(part).to.be.a('string').that.is.not.equal('')
      }),
      { numRuns: 2000 },
    )
  })

  it('accepts a host in place of an address, and not beside one', () => {
    const read = (data: object) => readVerifyReply(JSON.stringify({ data: { ...GOOD, ...data } }))
    expect(read({ ip: '', host: 'web-1' })).to.include({ ip: undefined, host: 'web-1' })
    const others = [{ host: 'web-1' }, { ip: '', host: '' }, { ip: null, host: 'a' }, { ip: '' }]
    for (const data of others) expect(() => read(data)).to.throw(Invalid)
  })

  it('accepts the echo, and no other message', () => {
    expect(readVerifyReply('{"data":{"message":"verify-echo-response"}}')).to.deep.equal({
      ...{ kind: 'echo', nonce: undefined, signature: undefined },
    })
    const echo = JSON.stringify({ data: { ...ECHO, ...SIGNED }, request_id: 'r' })
    expect(readVerifyReply(echo)).to.deep.equal({
      ...{ kind: 'echo', nonce: 'n', signature: SIGNATURE },
    })
  })

  it('reads the signature from the data, and the request id from beside them', () => {
    const read = (data: object, beside: object = { request_id: 'r' }) =>
      readVerifyReply(JSON.stringify({ data: { ...GOOD, ...data }, ...beside })).signature
    expect(read(SIGNED)).to.deep.equal(SIGNATURE)
    expect(read({ key_id: 'k', time: 't' })).to.equal(undefined)
    expect(() => read(SIGNED, {})).to.throw(Invalid, /^request_id is not a text$/)
    for (const name of ['key_id', 'time', 'signature'])
      expect(() => read({ ...SIGNED, [name]: '' })).to.throw(Invalid, `${name} is not a text`)
  })

  for (const [json, reason] of [
    [[], 'the reply is not a JSON object'],
    [{}, 'data is not an object'],
    [{ data: [] }, 'data is not an object'],
    [{ data: { message: 'hello' } }, 'the message is not the echo'],
    [{ data: { message: '' } }, 'message is not a text'],
    [{ data: { ...GOOD, ip: 'x' } }, 'ip is not an address'],
    [{ data: { ...GOOD, host: 'web-1' } }, 'the reply is for an address and for a host'],
    [{ data: { ...GOOD, username: 1 } }, 'username is not a text'],
    [{ data: { ...GOOD, role_name: '' } }, 'role_name is not a text'],
    [{ data: { ...GOOD, nonce: null } }, 'nonce is not a text'],
  ] as const)
    it(`says what is wrong with ${JSON.stringify(json)}`, () => {
      const read = () => readVerifyReply(JSON.stringify(json))
      expect(read).to.throw(Invalid, new RegExp(`^${reason}$`))
    })

  it('accepts no part of a good answer', () => {
    const text = JSON.stringify({ data: { ...GOOD, nonce: 'n' } })
    expect(readVerifyReply(text)).to.deep.equal({
      kind: 'login',
      username: 'alice',
      ip: '10.1.2.3',
      host: undefined,
      role: 'ops',
      nonce: 'n',
      signature: undefined,
    })
    for (let length = 0; length < text.length; length++)
      expect(() => readVerifyReply(text.slice(0, length))).to.throw(Invalid)
  })

  it('accepts no other text', () => {
    assert(
      property(string(), text => {
        expect(answerOf(text)).to.equal(undefined)
      }),
    )
  })

  it('does not quote what it refuses', () => {
    expect(() => readVerifyReply('{"data": hunter2')).to.throw(Invalid, /^the reply is not JSON$/)
  })
})

function answerOf(text: string) {
  try {
    return readVerifyReply(text)
  } catch (error) {
    if (error instanceof Invalid) return undefined
    throw error
  }
}

describe('readRefusal', () => {
  for (const [body, errors] of [
    ['{"errors":["a","b"]}', ['a', 'b']],
    ['{"errors":["a",1,null,{}]}', ['a']],
    ['{"errors":"a"}', []],
    ['{"errors":["a"],"errors":["Vault is sealed"]}', []],
    ['{}', []],
    ['[]', []],
    ['null', []],
    ['', []],
    ['<html>', []],
  ] as const)
    it(`finds ${JSON.stringify(errors)} in ${body}`, () => {
      expect(readRefusal(body).errors).to.deep.equal(errors)
    })

  it('finds the signature beside the errors', () => {
    const refusal = { errors: ['a'], request_id: 'r', ...SIGNED }
    expect(readRefusal(JSON.stringify(refusal))).to.deep.equal({
      ...{ errors: ['a'], signature: SIGNATURE },
    })
    const { time: _, ...part } = refusal
    expect(readRefusal(JSON.stringify(part))).to.deep.equal({ errors: [], signature: undefined })
  })
})

describe('writeVerifyRequest', () => {
  it('asks as Vault expects, and says besides what Vault ignores', () => {
    const question = { otp: new Secret('o'), username: 'alice', ip: ['10.1.2.3'], nonce: 'n' }
    expect(JSON.parse(writeVerifyRequest(question))).to.deep.equal({ ...question, otp: 'o' })
    expect(writeVerifyRequest({ otp: new Secret('o') })).to.equal('{"otp":"o"}')
  })
})

describe('requireUniqueKeys', () => {
  it('accepts whatever is written by JSON.stringify', () => {
    assert(
      property(jsonValue(), value => {
        requireUniqueKeys(JSON.stringify(value))
        requireUniqueKeys(JSON.stringify(value, undefined, 2))
      }),
    )
  })

  it('finds every name that is there twice, however it is written', () => {
    assert(
      property(string(), jsonValue(), (key, value) => {
        const [name, text] = [JSON.stringify(key), JSON.stringify(value)]
        const escaped = `"${[...Array(key.length).keys()].map(at => `\\u${key.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
        for (const twice of [
          `{${name}:1,${name}:${text}}`,
          `{${name}:${text},"other":{},${escaped} :1}`,
          `[{"a":{${escaped}:${text},${name}\n:1}}]`,
        ])
          if (key !== 'other') expect(() => requireUniqueKeys(twice)).to.throw(Invalid)
      }),
    )
  })

  it('lets each object have its own names, and texts have any', () => {
    requireUniqueKeys('[{"a":1},{"a":{"a":"\\"a\\":1,{"}},"a","a"]')
  })
})
