import { expect } from 'chai'
import fc from 'fast-check'
import { parsePolicy } from '../../../engine/policy/parse-policy.ts'
import { CAPABILITIES, type Stanza } from '../../../engine/policy/stanza.ts'
import { Invalid } from '../../../shared/invalid.ts'

const plain = (stanzas: readonly Stanza[]) =>
  stanzas.map(({ path, capabilities, allowed, denied, required, minWrap, maxWrap }) => ({
    path,
    capabilities: [...capabilities].sort(),
    allowed: Object.fromEntries(allowed),
    denied: Object.fromEntries(denied),
    required,
    minWrap,
    maxWrap,
  }))

const bare = { allowed: {}, denied: {}, required: [], minWrap: 0, maxWrap: 0 }

describe('parsePolicy', () => {
  for (const [what, source, path, capabilities] of [
    ['a block', 'path "ssh/creds/web" { capabilities = ["update"] }', 'ssh/creds/web', ['update']],
    ['a slash in front', 'path "/a" { capabilities = ["read"] }', 'a', ['read']],
    [
      'bare keys and a trailing comma',
      'path a { capabilities = ["read", "list",] }',
      'a',
      ['list', 'read'],
    ],
    ['quoted keys', '"path" "a" { "capabilities" = ["read"] }', 'a', ['read']],
    ['comments', '# x\n// y\n/* z\n*/ path "a" { capabilities = ["read"] # w\n}', 'a', ['read']],
    ['a name', 'name = "dev"\npath "a" { capabilities = ["read"] }', 'a', ['read']],
    ['escapes', 'path "\\u0061\\"\\x62\\n" { capabilities = [] }', 'a"b\n', []],
    [
      'a heredoc',
      'path "a" { capabilities = ["read"] comment = <<EOF\nany } "text\nEOF\n}',
      'a',
      ['read'],
    ],
    [
      'lines that end as on Windows',
      'path "a" {\r\n capabilities = ["read"]\r\n}\r\n',
      'a',
      ['read'],
    ],
    ['deny among others', 'path "a" { capabilities = ["read", "deny", "sudo"] }', 'a', ['deny']],
    [
      'capabilities of other servers',
      'path "a" { capabilities = ["read", "subscribe"] }',
      'a',
      ['read'],
    ],
    ['the policy deny', 'path "a" { policy = "deny" }', 'a', ['deny']],
    ['the policy read', 'path "a" { policy = "read" }', 'a', ['list', 'read']],
    [
      'the policy write',
      'path "a" { policy = "write" }',
      'a',
      ['create', 'delete', 'list', 'read', 'update'],
    ],
    [
      'the policy sudo',
      'path "a" { policy = "sudo" }',
      'a',
      ['create', 'delete', 'list', 'read', 'sudo', 'update'],
    ],
    ['JSON', '{"path": {"a": {"capabilities": ["read"]}}}', 'a', ['read']],
    ['JSON with a list of paths', '{"path": [{"a": {"capabilities": ["read"]}}]}', 'a', ['read']],
    ['JSON with a name', '\n {"name": "x", "path": {"a": {"policy": "deny"}}}', 'a', ['deny']],
    ['JSON with escapes', '{"path": {"\\u0061\\/": {"capabilities": []}}}', 'a/', []],
  ] as const)
    it(`reads ${what}`, () => {
      expect(plain(parsePolicy(source))).to.deep.equal([{ path, capabilities, ...bare }])
    })

  it('reads what may be sent, and for how long replies must be wrapped', () => {
    const source = `path "ssh/creds/ops" {
      capabilities = ["update"]
      allowed_parameters = { "IP" = ["10.1.2.3"], "username" = [] }
      denied_parameters { port = [22, true] }
      required_parameters = ["Ip"]
      min_wrapping_ttl = "1m"
      max_wrapping_ttl = 90
    }`
    expect(plain(parsePolicy(source))).to.deep.equal([
      {
        path: 'ssh/creds/ops',
        capabilities: ['update'],
        allowed: { ip: ['10.1.2.3'], username: [] },
        denied: { port: [22, true] },
        required: ['ip'],
        minWrap: 60,
        maxWrap: 90,
      },
    ])
  })

  it('reads a policy of nothing but comments', () => {
    expect(parsePolicy('# nothing\n')).to.deep.equal([])
  })

  for (const [source, message] of [
    ['path "a" {\n  capabilitys = ["read"]\n}', 'invalid key "capabilitys" on line 2'],
    ['\n\npfad "a" {}', 'invalid key "pfad" on line 3'],
    ['{"path": {"a": {\n"x": 1}}}', 'invalid key "x" on line 2'],
    [
      'path "a" { capabilities = ["raed"] }',
      'path "a": invalid capability "raed", known are create, delete, deny, list, patch, read, sudo, update',
    ],
    ['path "a" { policy = "all" }', 'path "a": invalid policy "all"'],
    ['path "a" { policy = "constructor" }', 'path "a": invalid policy "constructor"'],
    ['path "a/+*" {}', 'path "a/+*": invalid use of wildcards (\'+*\' is forbidden)'],
    ['path "a" {\n', 'the text ends too early, on line 2'],
    ['path "a" { capabilities = [\n"read"', 'the text ends too early, on line 2'],
    ['path "a" {}\n}', 'unexpected "}" on line 2'],
    ['path "a {}', '"\\"p" is not closed on line 1'.replace('\\"p', '\\"a')],
    ['/* path', '"/*" is not closed on line 1'],
    ['path "a" { comment = <<EOF\nx', '"<<" is not closed on line 1'],
    ['path "a" ;', '";" is not expected on line 1'],
    ['path "\\q" {}', 'invalid escape in "\\q" on line 1'],
    ['path "a" { capabilities = "\\uD800" }', 'invalid escape in "\\uD800" on line 1'],
    ['path = "a"', 'path must be a block, as in path "a/b" { … }, on line 1'],
    ['path "a" "b" {}', 'path must be a block, as in path "a/b" { … }, on line 1'],
    ['path "a" { capabilities = [1] }', 'path "a": expected a list of texts'],
    [
      'path "a" { allowed_parameters = ["ip"] }',
      'path "a": parameters must be a map of lists, as in { "ip" = ["10.0.0.1"] }',
    ],
    [
      'path "a" { allowed_parameters = { "ip" = "x" } }',
      'path "a": values of parameter "ip" must be a list',
    ],
    [
      'path "a" { min_wrapping_ttl = "x" }',
      'path "a": error parsing min_wrapping_ttl: "x" is not a duration: write seconds, or a number with a unit as in "90s", "30m", "1h30m" or "2d"',
    ],
    [
      'path "a" { min_wrapping_ttl = 2 max_wrapping_ttl = 1 }',
      'path "a": max_wrapping_ttl cannot be less than min_wrapping_ttl',
    ],
    ['path "a" {\nexpiration = "x" }', 'path "a": "expiration" is not supported, on line 2'],
    ['path "a" { control_group = {} }', 'path "a": "control_group" is not supported, on line 1'],
    [`x = ${'['.repeat(100_000)}`, 'nested too deeply on line 1'],
  ] as const)
    it(`refuses ${source.slice(0, 40).replaceAll('\n', '⏎')}`, () => {
      expect(() => parsePolicy(source)).to.throw(Invalid, `failed to parse policy: ${message}`)
    })

  for (const source of [
    '{"path": {"a": {} "b": {}}}',
    '{"path": {}} x',
    '{"path": {},}',
    '{ # x\n}',
  ])
    it(`refuses what only resembles JSON: ${source}`, () => {
      expect(() => parsePolicy(source)).to.throw(Invalid, 'failed to parse policy: ')
    })

  it('never fails but with a reason', () => {
    const pieces = fc.constantFrom(
      ...['path', '"a"', '{', '}', '[', ']', '=', ',', ':', '<<EOF\n', '\nEOF\n', '"', '\\', '/*'],
      ...['*/', '#', '\n', 'capabilities', '"read"', '12', '-', 'true', 'name', ' ', '"\\u0061"'],
    )
    const source = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map(all => all.join('')),
    )
    fc.assert(
      fc.property(source, text => {
        try {
          parsePolicy(text)
        } catch (error) {
          expect(error).to.be.instanceOf(Invalid)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('reads the same policy out of HCL and JSON', () => {
    const text = fc.string({ unit: 'grapheme' }).filter(each => !each.includes('+*'))
    const values = fc.array(fc.oneof(text, fc.integer(), fc.boolean()), { maxLength: 3 })
    const parameters = fc.dictionary(text, values, { maxKeys: 3 })
    const stanza = fc.record(
      {
        capabilities: fc.array(fc.constantFrom(...CAPABILITIES)),
        allowed_parameters: parameters,
        denied_parameters: parameters,
        required_parameters: fc.array(text, { maxLength: 2 }),
        max_wrapping_ttl: fc.nat(),
      },
      { requiredKeys: ['capabilities'] },
    )
    fc.assert(
      fc.property(fc.dictionary(text, stanza, { maxKeys: 4 }), paths => {
        const hcl = Object.entries(paths).map(
          ([path, body]) => `path ${quoted(path)} ${hclOf(body)}`,
        )
        const json = JSON.stringify({ path: paths })
        expect(plain(parsePolicy(hcl.join('\n')))).to.deep.equal(plain(parsePolicy(json)))
      }),
    )
  })
})

// escapes that JSON knows are known to HCL too
const quoted = (text: string) => JSON.stringify(text)

function hclOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(hclOf).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{\n${Object.entries(value)
    .map(([key, inner]) => `${quoted(key)} = ${hclOf(inner)}`)
    .join('\n')}\n}`
}
