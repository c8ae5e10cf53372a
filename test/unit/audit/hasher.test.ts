import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { Hasher } from '../../../engine/audit/hasher.ts'
import type { Line } from '../../support/audit-file.ts'

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
    it(what, () => expect(hasher.value(value, key => key === 'open').value).to.deep.equal(expected))

  it('hashes nothing with log_raw, except for audit-hash', () => {
    const raw = new Hasher({ salt: SALT, raw: true, accessors: true })
    expect([
      raw.text('x'),
      raw.accessor('x'),
      raw.value({ a: 'x' }, () => false).value,
      raw.hash('x'),
    ]).to.deep.equal(['x', 'x', { a: 'x' }, hmac('x')])
  })

  const shown = (value: unknown) => hasher.value(value, key => key === 'open')

  it('hashes the first of many values, and counts the rest', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `role-${at}`)
    const { value, omitted } = shown({ keys: many }) as { value: Line; omitted: number }
    expect(value.keys).to.deep.equal(many.slice(0, 499).map(hmac))
    expect(omitted).to.equal(10_000 - 499)
  })

  it('counts what is in the objects and arrays that are not shown', () => {
    const { omitted } = shown([...Array(500).fill(1), { a: [1, 2], b: { c: 3 } }])
    expect(omitted).to.equal(6)
  })

  it('shows no more of empty objects, or of what may be read, than of other values', () => {
    for (const value of [Array(10_000).fill({}), { open: Array(10_000).fill('x') }])
      expect(JSON.stringify(shown(value).value)).to.have.length.below(4000)
  })

  it('cuts the names of members', () => {
    const long = '\u007f'.repeat(1_000_000)
    expect(shown({ [long]: 1 }).value).to.deep.equal({ [`${long.slice(0, 256)}…(1000000)`]: 1 })
  })

  it('shows bytes as their length and one hash', () => {
    expect(shown({ list: Buffer.from('secret') }).value).to.deep.equal({
      list: { bytes: 6, hash: hmac('secret') },
    })
  })

  it('does not look into what is no plain object', () => {
    class Box {
      inner = 'secret'
    }
    expect(shown({ a: new Box(), b: new Map([['secret', 1]]) }).value).to.deep.equal({
      a: '[Box]',
      b: '[Map]',
    })
  })

  it('hashes a time that is longer than times are', () => {
    const long = `2026-01-01T00:00:00.${'0'.repeat(1000)}Z`
    expect(shown(long).value).to.equal(hmac(long))
  })
})
