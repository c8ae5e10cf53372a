import { expect } from 'chai'
import { parametersAllowed } from '../../../engine/policy/parameters.ts'
import {
  boolean,
  duration,
  type Fields,
  integer,
  list,
  map,
  older,
  oneOf,
  pairs,
  separated,
  string,
} from '../../../shared/field.ts'

const about = { description: '' }

const FIELDS: Fields = {
  principals: separated(about),
  policies: list(about),
  names: older('policies', list(about)),
  note: string(about),
  ttl: duration(about),
  bits: integer(about),
  open: boolean(about),
  kind: oneOf('user', 'host')(about),
  options: map(about),
  meta: pairs(about),
}

const judge = (rule: 'allowed' | 'denied', values: object, data: object) =>
  parametersAllowed(
    {
      required: [],
      allowed: new Map(),
      denied: new Map(),
      [rule]: new Map(Object.entries(values)),
    },
    { data: { ...data }, fields: FIELDS },
  )

describe('Denied parameters', () => {
  for (const [values, data] of [
    ...[
      'root',
      'root,',
      ' root',
      'root ',
      'ubuntu,root',
      'root,root',
      'Root',
      'ubuntu, ROOT ,x',
    ].map(text => [{ principals: ['root'] }, { principals: text }] as const),
    [{ principals: ['root'] }, { principals: ['ubuntu', 'root'] }],
    [{ principals: ['root'] }, { principals: [['root']] }],
    [{ principals: ['ROOT'] }, { principals: 'root' }],
    [{ principals: ['ro*'] }, { principals: 'ubuntu,Root' }],
    [{ principals: ['a,b'] }, { principals: 'b, a' }],
    ...['Admin', ' admin', 'admin,default', ['ADMIN'], ['admin '], ['x', 'Admin']].map(
      value => [{ policies: ['admin'] }, { policies: value }] as const,
    ),
    [{ policies: ['admin'] }, { names: 'x,Admin' }],
    [{ names: ['admin'] }, { policies: ['admin'] }],
    [{ names: [] }, { policies: ['x'] }],
    [{ policies: ['admin,dev'] }, { policies: ['dev', 'admin'] }],
    ...['720h', '2592000', 2_592_000, '43200m', '30d'].map(
      value => [{ ttl: ['720h'] }, { ttl: value }] as const,
    ),
    [{ ttl: [2_592_000] }, { ttl: '720h' }],
    ...[8192, '8192', '0x2000', ' 8192'].map(value => [{ bits: [8192] }, { bits: value }] as const),
    ...[true, 'true', 'T', '1', 1].map(value => [{ open: [true] }, { open: value }] as const),
    [{ open: ['true'] }, { open: 1 }],
    [{ kind: ['host'] }, { kind: 'HOST' }],
    [{ meta: ['team=ops'] }, { meta: { team: 'ops' } }],
    [{ meta: ['team=ops'] }, { meta: ['a=b', 'team=ops'] }],
    [{ options: ['permit-pty'] }, { options: { 'permit-pty': '' } }],
    [{ options: [{ a: 'b' }] }, { options: { a: 'b' } }],
    [{ options: [{ a: 'b' }] }, { options: { c: 'd', a: 'b' } }],
    [{ options: [{ a: 'b' }] }, { options: [{ c: 'd' }, { a: 'b' }] }],
    [{ meta: [{ team: 'ops' }] }, { meta: 'team=ops' }],
    [{ policies: [['a', 'b']] }, { policies: 'c,B,a' }],
    [{ unknown: ['x'] }, { unknown: ['y', 'X'] }],
  ] as const)
    it(`${JSON.stringify(values)} hold for ${JSON.stringify(data)}`, () => {
      expect(judge('denied', values, data)).to.equal(false)
    })

  for (const [values, data] of [
    [{ principals: ['root'] }, { principals: 'ubuntu,rooter' }],
    [{ policies: ['admin'] }, { policies: ['administrator'] }],
    [{ ttl: ['720h'] }, { ttl: '721h' }],
    [{ open: [true] }, { open: 'false' }],
    [{ bits: [8192] }, { bits: 4096 }],
    [{ options: [{ a: 'b', c: 'd' }] }, { options: { a: 'b' } }],
    [{ options: [{}] }, { options: { a: 'b' } }],
    [{ policies: [''] }, { policies: 'a' }],
    [{ policies: [[]] }, { policies: 'a' }],
    [{ bits: [8192] }, { bits: {} }],
    [{ options: ['permit-pty'] }, { options: { 'permit-x': 'permit-pty' } }],
  ] as const)
    it(`${JSON.stringify(values)} let ${JSON.stringify(data)} be`, () => {
      expect(judge('denied', values, data)).to.equal(true)
    })
})

describe('What could be denied', () => {
  it('counts as denied if checking all of it would take long', () => {
    const sent = (count: number) => ({ principals: 'a,'.repeat(count) })
    expect(judge('denied', { principals: ['root'] }, sent(1000))).to.equal(true)
    expect(judge('denied', { principals: ['root'] }, sent(100_000))).to.equal(false)
    expect(judge('denied', { note: ['root'] }, sent(100_000))).to.equal(true)
  })
})

describe('Allowed parameters', () => {
  for (const [values, data, expected] of [
    [{ principals: ['ubuntu'] }, { principals: 'ubuntu' }, true],
    // as it was written, and no other way
    ...['Ubuntu', ' ubuntu', 'ubuntu,', ['ubuntu']].map(
      value => [{ principals: ['ubuntu'] }, { principals: value }, false] as const,
    ),
    [{ principals: ['a,b'] }, { principals: 'a,b' }, true],
    [{ principals: ['a,b'] }, { principals: 'b,a' }, false],
    [{ principals: ['ubu*'] }, { principals: 'ubuntu' }, true],
    [{ principals: ['ubu*'] }, { principals: 'ubuntu,root' }, false],
    [{ principals: ['*ubu'] }, { principals: 'root,ubu' }, false],
    [{ principals: ['ubu*', 'dev'] }, { principals: 'ubuntu,dev' }, true],
    [{ policies: ['web-*'] }, { policies: 'web-a,admin' }, false],
    [{ note: ['for *'] }, { note: 'for you, and me' }, true],
    [{ ttl: ['1h'] }, { ttl: 3600 }, false],
  ] as const)
    it(`${JSON.stringify(values)} ${expected ? 'allow' : 'do not allow'} ${JSON.stringify(data)}`, () => {
      expect(judge('allowed', values, data)).to.equal(expected)
    })
})
