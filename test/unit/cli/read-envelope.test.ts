import { expect } from 'chai'
import { envelopeOf } from '../../../engine/cli/envelope.ts'
import { parseEnvelope } from '../../../engine/cli/read-envelope.ts'
import { Invalid } from '../../../shared/invalid.ts'

describe('Replies', () => {
  for (const [why, text, envelope] of [
    ['nothing', '', undefined],
    ['only errors', '{"errors":[]}', undefined],
    [
      'an envelope',
      '{"request_id":"1","data":{"a":1},"mount_type":"ssh"}',
      envelopeOf({ request_id: '1', data: { a: 1 } }),
    ],
    ['an envelope with nothing in it', '{"request_id":"","data":null}', undefined],
    [
      'data without an envelope',
      '{"sealed":false,"n":1}',
      envelopeOf({ data: { sealed: false, n: 1 } }),
    ],
  ] as const)
    it(`are read when they are ${why}`, () => {
      expect(parseEnvelope(text)).to.deep.equal(envelope)
    })

  for (const [body, message] of [
    ['{"lease_id":5}', '"lease_id" is not a text'],
    ['{"lease_duration":"1h"}', '"lease_duration" is not a whole number'],
    ['{"lease_duration":1e400}', '"lease_duration" is not a whole number'],
    ['{"renewable":"x"}', '"renewable" is neither true nor false'],
    ['{"data":[1]}', '"data" is not an object'],
    ['{"warnings":"x"}', '"warnings" is not a list'],
    ['{"warnings":[5]}', '"warnings" is not a text'],
    ['{"auth":"x"}', '"auth" is not an object'],
    ['{"auth":{"policies":5}}', '"policies" is not a list'],
    ['{"auth":{"metadata":{"a":1}}}', '"metadata" is not a text'],
    ['{"wrap_info":"x"}', '"wrap_info" is not an object'],
    ['{"wrap_info":{"ttl":"x"}}', '"ttl" is not a whole number'],
    [`{"data":{"a":${'['.repeat(6000)}${']'.repeat(6000)}}}`, 'it is nested more than 256'],
  ] as const)
    it(`are refused when they say ${body.slice(0, 40)}`, () => {
      expect(() => parseEnvelope(body)).to.throw(Invalid, message)
    })

  it('keep what is new in a login', () => {
    const auth = { client_token: 't', policies: null, entity_id: 'e' }
    expect(parseEnvelope(JSON.stringify({ auth }))?.auth).to.deep.equal({
      ...{ client_token: 't', policies: null, entity_id: 'e' },
      ...{ accessor: '', lease_duration: 0, renewable: false },
    })
  })

  for (const text of ['[]', 'null', '"x"', 'ssh-rsa AAAA'])
    it(`are refused when they are ${text}`, () => {
      expect(() => parseEnvelope(text)).to.throw(SyntaxError)
    })
})
