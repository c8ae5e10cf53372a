import { expect } from 'chai'
import {
  array,
  assert,
  boolean as booleans,
  constantFrom,
  integer,
  oneof,
  property,
  stringMatching,
  string as strings,
  tuple,
} from 'fast-check'
import { parse } from 'toml'
import { boolean, list, integer as number, string } from '../../../shared/field.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { plainHcl } from '../../../shared/plain-hcl.ts'
import { plainToml } from '../../../shared/plain-toml.ts'
import { parseSettings } from '../../../shared/settings.ts'
import { processorTime } from '../../support/processor-time.ts'

const description = 'For the test.'
const DECLARED = {
  address: list({ description, default: [] }),
  name: string({ description, default: 'none' }),
  safe: boolean({ description, default: true }),
  listener: { port: number({ description, default: 8200 }) },
}

const attempt = (read: () => unknown) => {
  try {
    return read() as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
}

/** Pieces that lines of a configuration are made of, right and wrong. */
const piece = oneof(
  constantFrom(
    '=',
    '"',
    "'",
    '"""',
    '#',
    '[',
    ']',
    ',',
    '\\',
    '\n',
    '\r\n',
    '\r',
    ' ',
    '\t',
    '.',
    '-',
    '{}',
  ),
  constantFrom(
    'a',
    'b',
    'key = "value"',
    'a = 1',
    'b = true',
    '"\\u0041"',
    '01',
    '1.5',
    '-1',
    '1e3',
    '0x1',
    '1_000',
  ),
  constantFrom(
    '999999999999999',
    '9999999999999999',
    '[ "a", "b" ]',
    '[]',
    '[1]',
    '__proto__',
    'inf',
    '1979-05-27',
  ),
  strings({ maxLength: 3 }),
)
const mess = array(piece, { maxLength: 8 }).map(pieces => pieces.join(''))

const value = oneof(
  strings({ unit: 'grapheme-ascii' }).map(text => JSON.stringify(text)),
  array(stringMatching(/^[\w ./:*]{0,9}$/)).map(texts => JSON.stringify(texts)),
  integer().map(String),
  booleans().map(String),
)
const lines = array(
  tuple(stringMatching(/^[\w-]{1,3}$/), value, constantFrom('', ' # why', '\r')),
  { maxLength: 5 },
).map(each => each.map(([key, text, end]) => `${key} = ${text}${end}\n`).join(''))

describe('Plain TOML', () => {
  for (const [what, texts] of Object.entries({ mess, lines }))
    it(`reads as the whole of TOML does what it reads at all (${what})`, () => {
      assert(
        property(texts, text => {
          const plain = plainToml(text)
          if (plain !== undefined) expect({ ...plain }).to.deep.equal({ ...parse(text) })
        }),
        { numRuns: 3000 },
      )
    })

  it('reads the usual file without the other parser', () => {
    expect(plainToml('# x\na = "b"\n\nc=[ "d", "e" ] # f\r\ng = true\nh = 10')).to.deep.equal({
      a: 'b',
      c: ['d', 'e'],
      g: true,
      h: 10,
    })
  })

  for (const text of [
    '[table]',
    'a.b = 1',
    'a = 1\na = 2',
    '__proto__ = 1',
    'a = "\\n"',
    'a = 01',
    'a',
    'a = [1]',
  ])
    it(`leaves ${JSON.stringify(text)} to it`, () => {
      expect(plainToml(text)).to.equal(undefined)
    })
})

describe('Plain HCL', () => {
  for (const [what, texts] of Object.entries({ mess, lines }))
    it(`reads as TOML what both read (${what})`, () => {
      assert(
        property(texts, text => {
          const [plain, toml] = [plainHcl(text), attempt(() => parse(text))]
          if (plain && toml) expect({ ...plain }).to.deep.equal({ ...toml })
        }),
        { numRuns: 3000 },
      )
    })

  it('takes time in proportion to what it is given', async () => {
    const took = (text: string) => processorTime(() => plainHcl(text))
    for (const text of ['{"', ' ', 'a="', 'a = ["b",', 'a = [ ']) await took(text.repeat(1000))
    for (const text of ['{"', ' ', 'a="', 'a = ["b",', 'a = [ '])
      expect(await took(text.repeat(200_000 / text.length))).to.be.below(2000)
  })
})

describe('Settings', () => {
  const read = (text: string) => parseSettings(text, DECLARED)
  const none = { address: [], name: 'none', safe: true, listener: { port: 8200 } }

  for (const [what, text, values] of [
    ['of an empty file', '', {}],
    ['of TOML', 'name = "a"\n[listener]\nport = 1', { name: 'a', listener: { port: 1 } }],
    ['of HCL', '// x\nname = "a" /* y\n z */\nsafe = false\n', { name: 'a', safe: false }],
    [
      'with what is a comment only outside of texts',
      'name = "a//b/*c*/#d"',
      { name: 'a//b/*c*/#d' },
    ],
    ['behind a byte order mark', '\ufeffname = "a"\n', { name: 'a' }],
    ['in TOML behind a byte order mark', '\ufeff[listener]\nport = 1', { listener: { port: 1 } }],
    [
      'of JSON',
      '{"name":"a","safe":false,"address":["b","c"]}',
      { name: 'a', safe: false, address: ['b', 'c'] },
    ],
    [
      'of JSON on lines',
      '{\n  "name": "\\u0061{}",\n  "safe": "false"\n}\n',
      { name: 'a{}', safe: false },
    ],
    [
      'of HCL on one line',
      'name = "a" safe = false address = ["b", "c",]',
      { name: 'a', safe: false, address: ['b', 'c'] },
    ],
    ['of HCL with commas', 'name = "a#b", # x\nsafe = false, // y\n', { name: 'a#b', safe: false }],
    [
      'of HCL over several lines',
      '"name" = "a"\naddress = [\n  "b",\n  "c",\n]\n',
      { name: 'a', address: ['b', 'c'] },
    ],
    ['in single quotes', "name = 'a\\b'", { name: 'a\\b' }],
    ['with a list in one text', 'address = "a, b"', { address: ['a', 'b'] }],
    ['with a switch in quotes', 'safe = "false"', { safe: false }],
    [
      'on lines that end as in Windows',
      'name = "a"\r\nsafe = false\r\n',
      { name: 'a', safe: false },
    ],
  ] as const)
    it(`are read ${what}`, () => {
      expect(read(text)).to.deep.equal({ ...none, ...values })
    })

  for (const [what, text, message] of [
    ['an unknown key', '\nnam = "a"', 'line 2: unknown key "nam", did you mean "name"?'],
    [
      'a key in the wrong table',
      '[listener]\nname = "a"',
      'line 2: unknown key "listener.name", put "name" before the first table',
    ],
    [
      'an unknown table',
      '[listner]\nport = 1',
      /^line 1: unknown key "listner", did you mean "listener"\?/,
    ],
    [
      'a wrong value',
      'name = "a"\nsafe = "yes"',
      'line 2: "safe": expected true or false, got another text',
    ],
    ['a key twice', 'name = "a"\nname = "b"', /^line 2: /],
    ['what is no TOML', 'name = "a"\nsafe', /^line 2: not TOML: /],
    ['a key twice in JSON', '{"name":"a","name":"b"}', /not TOML/],
    ['a key twice on a line', 'name = "a", name = "b"', /not TOML/],
    ['an unknown key of JSON', '{\n"nam": "a"}', 'line 2: unknown key "nam", did you mean "name"?'],
    ['JSON in JSON', '{"listener": {"port": 1}}', /not TOML/],
    ['a value that runs into a key', 'name = "a"\nsafe = falsename = 1', /not TOML/],
    ['a text without end', 'name = "a', /^line 1: not TOML: /],
    ['a block of HCL', 'listener "tcp" {\n}', /^line 1: not TOML: .*HCL.*\[listener\]$/],
    ['JSON that ends too early', '{"name": "a"', 'line 1, column 13: not JSON: it ends too early'],
    [
      'JSON with a comma too many',
      '{\n"name": {},}',
      /^line 2, column \d+: not JSON: this is unexpected/,
    ],
    ['the prototype', '__proto__ = 1', /__proto__/],
    ['a table that is a text', 'listener = "a"', /listener/],
  ] as const)
    it(`are refused with ${what}`, () => {
      expect(() => read(text)).to.throw(Invalid, message)
    })

  it('are read or refused, whatever there is', () => {
    assert(
      property(mess, text => {
        try {
          read(text)
        } catch (error) {
          expect(error).to.be.instanceOf(Invalid)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
