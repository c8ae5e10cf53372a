import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { Hasher } from '../../../engine/audit/hasher.ts'

const SALT = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'
const hasher = new Hasher({ salt: SALT, raw: false, accessors: true })
const hmac = (text: string) =>
  `hmac-sha256:${createHmac('sha256', Buffer.from(SALT, 'hex')).update(text).digest('hex')}`

describe('A hasher', () => {
  for (const [what, value, expected] of [
    ['hashes a text', 'secret', hmac('secret')],
    ['hashes an empty text', '', hmac('')],
    ['leaves numbers, booleans and null', [1, 0.5, true, null], [1, 0.5, true, null]],
    [
      'hashes all that is in a list or a map',
      { a: ['x', { b: 'y' }] },
      { a: [hmac('x'), { b: hmac('y') }] },
    ],
    ['leaves the names in a map', { secret: 1 }, { secret: 1 }],
    ['leaves times', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    [
      'leaves times with fractions and a zone',
      '2026-01-01T00:00:00.123456789+02:00',
      '2026-01-01T00:00:00.123456789+02:00',
    ],
    ['hashes what is nearly a time', '2026-01-01 00:00:00Z', hmac('2026-01-01 00:00:00Z')],
    ['hashes a time that cannot be', '2026-13-01T00:00:00Z', hmac('2026-13-01T00:00:00Z')],
    ['hashes a date', '2026-01-01', hmac('2026-01-01')],
    ['leaves what may be shown', { open: { deep: 'x' } }, { open: { deep: 'x' } }],
  ] as const)
    it(what, () => expect(hasher.value(value, key => key === 'open')).to.deep.equal(expected))

  it('hashes nothing when told so, but for those who look up', () => {
    const raw = new Hasher({ salt: SALT, raw: true, accessors: true })
    expect([
      raw.text('x'),
      raw.accessor('x'),
      raw.value({ a: 'x' }, () => false),
      raw.hash('x'),
    ]).to.deep.equal(['x', 'x', { a: 'x' }, hmac('x')])
  })
})
