import { expect } from 'chai'
import { envelopeOf, parseEnvelope } from '../../../engine/cli/envelope.ts'

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

  for (const text of ['[]', 'null', '"x"', 'ssh-rsa AAAA'])
    it(`are refused when they are ${text}`, () => {
      expect(() => parseEnvelope(text)).to.throw(SyntaxError)
    })
})
