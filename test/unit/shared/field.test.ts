import { expect } from 'chai'
import {
  boolean,
  duration,
  type Field,
  integer,
  list,
  map,
  oneOf,
  string,
} from '../../../shared/field.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { readFields } from '../../../shared/read-fields.ts'
import { cases } from '../../support/cases.ts'

const description = 'For the test.'
const FIELDS = {
  string: string({ description }),
  integer: integer({ description }),
  boolean: boolean({ description }),
  duration: duration({ description }),
  list: list({ description }),
  map: map({ description }),
  choice: oneOf('otp', 'ca')({ description }),
} satisfies Record<string, Field<unknown>>

/** The whole of contract §1.6. */
const READ: Readonly<Record<keyof typeof FIELDS, readonly (readonly [unknown, unknown])[]>> = {
  string: [
    ['a', 'a'],
    ['', ''],
    [' a ', ' a '],
    [22, '22'],
    [1.5, '1.5'],
    [true, '1'],
    [false, '0'],
  ],
  integer: [
    [22, 22],
    [-1, -1],
    ['22', 22],
    [' 22 ', 22],
    ['-7', -7],
    ['+7', 7],
    ['0x16', 22],
    ['0X16', 22],
    ['026', 22],
    ['0o26', 22],
    ['0b10110', 22],
    ['-0x16', -22],
    ['0', 0],
    ['', 0],
    [true, 1],
    [false, 0],
  ],
  boolean: [
    ...['1', 't', 'T', 'TRUE', 'true', 'True'].map(text => [text, true] as const),
    ...['0', 'f', 'F', 'FALSE', 'false', 'False', ''].map(text => [text, false] as const),
    [true, true],
    [false, false],
    [1, true],
    [0, false],
    [-1, true],
    [0.5, true],
  ],
  duration: [
    [90, 90],
    ['90', 90],
    ['90s', 90],
    ['1h30m', 5400],
    ['1.5h', 5400],
    ['2d', 172_800],
    ['', 0],
    ['1500ms', 1],
    ['999ms', 0],
    ['1us', 0],
    ['1ns', 0],
    [1.9, 1],
    ['0', 0],
  ],
  list: [
    ['a,b', ['a', 'b']],
    [' a , b ', ['a', 'b']],
    ['', []],
    [',', []],
    ['a,,b', ['a', 'b']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [[' a ', ''], ['a']],
    [['a,b'], ['a,b']],
    [[], []],
    [1, ['1']],
    [
      [1, true],
      ['1', '1'],
    ],
  ],
  map: [
    [{}, {}],
    [{ a: 1 }, { a: 1 }],
    [[], {}],
    [[{ a: 1 }, { b: 2 }], { a: 1, b: 2 }],
    [[{ a: 1 }, { a: 2 }], { a: 2 }],
  ],
  choice: [
    ['otp', 'otp'],
    ['CA', 'ca'],
  ],
}

const REFUSED: Readonly<Record<keyof typeof FIELDS, readonly unknown[]>> = {
  string: [[], {}, ['a']],
  integer: [
    'abc',
    1.5,
    '1.5',
    '1e3',
    '0x',
    '08',
    '1_000',
    '9007199254740993',
    2 ** 60,
    Number.NaN,
    [],
    {},
  ],
  boolean: ['yes', 'no', 'tRUE', ' true', '2', [], {}],
  duration: [
    -1,
    '-1',
    '-1h',
    'abc',
    '1 h',
    '1x',
    'h',
    '1h-1m',
    '1d1h',
    '1.5d',
    '1e3',
    true,
    [],
    {},
  ],
  list: [{}, [['a']], [{}]],
  map: ['', 'a=b', 1, true, ['a']],
  choice: ['', 'dynamic', 'otp ', []],
}

describe('A field', () => {
  for (const [kind, field] of Object.entries(FIELDS)) {
    for (const [raw, value] of cases<readonly unknown[]>(READ[kind as keyof typeof FIELDS]))
      it(`of kind ${kind} reads ${JSON.stringify(raw)}`, () => {
        expect(field.read(raw)).to.deep.equal(value)
      })

    for (const raw of cases(REFUSED[kind as keyof typeof FIELDS]))
      it(`of kind ${kind} refuses ${JSON.stringify(raw)}`, () => {
        expect(() => field.read(raw)).to.throw(Invalid)
      })

    it(`of kind ${kind} takes null for absent`, () => {
      expect([field.read(null), field.read(undefined)]).to.deep.equal([undefined, undefined])
    })
  }

  it('takes its default when it is absent, and not when it is empty', () => {
    const field = string({ description, default: 'ssh' })
    expect([field.read(undefined), field.read(null), field.read('')]).to.deep.equal([
      'ssh',
      'ssh',
      '',
    ])
  })

  it('says nothing about the value, which may be a secret', () => {
    for (const field of [FIELDS.integer, FIELDS.boolean])
      expect(() => field.read('hunter2'))
        .to.throw(Invalid)
        .with.property('message')
        .not.contain('hunter2')
  })
})

describe('readFields', () => {
  const wrap = (name: string, { message }: Invalid) => new Error(`${name}: ${message}`)

  it('reads what is declared, and names the rest in order', () => {
    const raw = { integer: '7', z: 1, a: 2 }
    const { values, unknown } = readFields(
      { integer: FIELDS.integer, list: FIELDS.list },
      raw,
      wrap,
    )
    expect({ values, unknown }).to.deep.equal({
      values: { integer: 7, list: undefined },
      unknown: ['a', 'z'],
    })
  })

  it('names the field that is wrong', () => {
    expect(() => readFields({ port: FIELDS.integer }, { port: 'x' }, wrap)).to.throw(
      /^port: expected an integer/,
    )
  })

  it('takes nothing from the prototype', () => {
    const raw = Object.create({ integer: 7 }) as Record<string, unknown>
    expect(
      readFields({ integer: FIELDS.integer, toString: FIELDS.string }, raw, wrap).values,
    ).to.deep.equal({
      integer: undefined,
      toString: undefined,
    })
  })
})
