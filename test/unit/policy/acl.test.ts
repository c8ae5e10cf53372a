import { expect } from 'chai'
import fc from 'fast-check'
import { type AccessRequest, Acl } from '../../../engine/policy/acl.ts'
import { parsePolicy } from '../../../engine/policy/parse-policy.ts'
import { byPriority, parsePattern } from '../../../engine/policy/pattern.ts'
import { processorTime } from '../../support/processor-time.ts'

const aclOf = (...sources: readonly string[]) =>
  new Acl(
    sources.map((source, at) => ({ name: `p${at + 1}`, stanzas: parsePolicy(source) })),
    { root: false },
  )

const rule = (path: string, capabilities: string, more = '') =>
  `path "${path}" { capabilities = ${JSON.stringify(capabilities.split(' ').filter(Boolean))} ${more} }\n`

const asked = (
  path: string,
  data: object = {},
  operation: AccessRequest['operation'] = 'update',
) => ({
  operation,
  path,
  data: { ...data },
})

describe('Acl', () => {
  for (const [which, path] of [
    ['as it is asked for', 'x/Name'],
    ['in small letters', 'x/name'],
  ] as const)
    it(`denies a path of any case to its owner, too, if the rule denies it ${which}`, () => {
      const { allowed, denied } = aclOf(rule(path, 'deny')).judgeAnyCase(asked('x/Name'), 1)
      expect({ allowed, denied }).to.deep.equal({ allowed: false, denied: true })
    })

  for (const [why, source, path, expected] of [
    ['nothing is said', '', 'ssh/creds/web', ['deny']],
    ['the path is named', rule('ssh/creds/web', 'update'), 'ssh/creds/web', ['update']],
    ['the path is longer', rule('ssh/creds/web', 'update'), 'ssh/creds/webs', ['deny']],
    ['the beginning is named', rule('ssh/creds/*', 'update'), 'ssh/creds/a/b', ['update']],
    ['the beginning is all', rule('*', 'read'), 'x', ['read']],
    ['a beginning ends within a segment', rule('ssh/cr*', 'read'), 'ssh/creds/web', ['read']],
    ['a star stands within', rule('ssh/*/web', 'read'), 'ssh/creds/web', ['deny']],
    ['a segment is open', rule('ssh/+/web', 'read'), 'ssh/creds/web', ['read']],
    ['an open segment would be two', rule('ssh/+/web', 'read'), 'ssh/a/b/web', ['deny']],
    ['an open segment is empty', rule('ssh/+', 'list'), 'ssh/', ['list']],
    ['a plus is a part of a segment', rule('ssh/a+/web', 'read'), 'ssh/ab/web', ['deny']],
    ['a plus is meant as one', rule('ssh/a+/web', 'read'), 'ssh/a+/web', ['read']],
    ['an open segment and a beginning', rule('ssh/+/w*', 'read'), 'ssh/creds/web/x', ['read']],
    ['a beginning wants one more segment', rule('ssh/+/*', 'read'), 'ssh/creds', ['deny']],
    ['one stanza more adds to it', rule('a', 'read') + rule('a', 'list'), 'a', ['list', 'read']],
    ['one stanza denies it', rule('a', 'read sudo') + rule('a', 'deny'), 'a', ['deny']],
    ['no capability is named', rule('a', ''), 'a', ['deny']],
    ['it is denied but for a part', rule('a/*', 'deny') + rule('a/b', 'read'), 'a/b', ['read']],
    ['a part is denied', rule('a/*', 'read') + rule('a/b', 'deny'), 'a/b', ['deny']],
    ['the exact path goes first', rule('a/+', 'read') + rule('a/b', 'list'), 'a/b', ['list']],
    // P1 … P5
    [
      'the first wildcard of one is later',
      rule('a/+/c', 'read') + rule('a/b/*', 'list'),
      'a/b/c',
      ['list'],
    ],
    ['only one ends in a star', rule('a/*', 'read') + rule('a/+', 'list'), 'a/b', ['list']],
    [
      'one has fewer open segments',
      rule('a/+/+/d', 'read') + rule('a/+/c/d', 'list'),
      'a/b/c/d',
      ['list'],
    ],
    ['one is longer', rule('a/+/c*', 'read') + rule('a/+/cc*', 'list'), 'a/b/ccc', ['list']],
    ['one sorts higher', rule('+/b/+/c', 'read') + rule('+/+/a/c', 'list'), 'x/b/a/c', ['read']],
    ['a folder is listed by its bare path', rule('ssh/roles', 'list'), 'ssh/roles/', ['list']],
    ['a folder is listed by its path', rule('ssh/roles/', 'list'), 'ssh/roles/', ['list']],
    ['a folder is listed by an open segment', rule('ssh/+', 'list'), 'ssh/roles/', ['list']],
    [
      'the folder goes before the bare path',
      rule('a/*', 'read') + rule('a', 'list'),
      'a/',
      ['list'],
    ],
    ['an open bare path goes before it', rule('a/*', 'read') + rule('+', 'list'), 'a/', ['list']],
  ] as const)
    it(`knows what may be done where ${why}`, () => {
      expect(aclOf(source).capabilities(path)).to.deep.equal(expected)
    })

  it('lets root do all', () => {
    const acl = new Acl([], { root: true })
    expect(acl.capabilities('any')).to.deep.equal(['root'])
    expect(acl.judge(asked('any', {}, 'header'))).to.deep.equal({
      allowed: true,
      sudo: true,
      ruled: true,
      denied: false,
      granting: ['root'],
    })
  })

  it('names the policies that a rule comes from', () => {
    const acl = aclOf(rule('a', 'update'), rule('b', 'update'), rule('a', 'read sudo'))
    expect(acl.judge(asked('a'))).to.deep.equal({
      allowed: true,
      sudo: true,
      ruled: true,
      denied: false,
      granting: ['p1', 'p3'],
    })
    expect(acl.judge(asked('a', {}, 'delete'))).to.include({ allowed: false, ruled: true })
    expect(acl.judge(asked('c'))).to.include({ allowed: false, ruled: false })
  })

  for (const [what, text, denied] of [
    ['deny', rule('a', 'deny'), true],
    ['no capability', 'path "a" { capabilities = [] }', true],
    ['other parameters', rule('a', 'update', 'denied_parameters = { "x" = [] }'), true],
    ['another operation', rule('a', 'read list'), false],
    ['another path', rule('b', 'deny'), false],
  ] as const)
    it(`${denied ? 'denies' : 'only does not allow'} with a rule of ${what}`, () => {
      const said = aclOf(text).judge(asked('a', { x: '1' }))
      expect(said).to.include({ allowed: false, denied })
    })

  it('lets a folder be used without its slash only to be listed', () => {
    const acl = aclOf(rule('a', 'list read'))
    expect(acl.judge(asked('a/', {}, 'list')).allowed).to.equal(true)
    expect(acl.judge(asked('a/', {}, 'read')).allowed).to.equal(false)
  })

  it('tells create from update, and lets anybody ask for help', () => {
    const acl = aclOf(rule('a', 'create'))
    expect(acl.judge(asked('a', {}, 'create')).allowed).to.equal(true)
    expect(acl.judge(asked('a', {}, 'update')).allowed).to.equal(false)
    expect(acl.judge(asked('a', {}, 'header')).allowed).to.equal(false)
    expect(acl.judge(asked('b', {}, 'help')).allowed).to.equal(true)
  })

  const IP = 'allowed_parameters = { "ip" = ["10.1.2.3", "10.9.*"] "username" = [] }'
  for (const [more, data, expected] of [
    [IP, {}, true],
    [IP, { ip: '10.1.2.3' }, true],
    [IP, { IP: '10.1.2.3', username: 'any' }, true],
    [IP, { ip: '10.1.2.4' }, false],
    [IP, { ip: '10.9.1.1' }, true],
    [IP, { ip: ['10.1.2.3'] }, false],
    [IP, { ip: '10.1.2.3', ttl: 1 }, false],
    ['allowed_parameters = { "*" = [] }', { any: 1 }, true],
    ['allowed_parameters = { "*" = [] "ip" = ["a"] }', { any: 1, ip: 'a' }, true],
    ['allowed_parameters = { "*" = [] "ip" = ["a"] }', { any: 1, ip: 'b' }, false],
    ['allowed_parameters = { "ip" = ["*"] }', { ip: '*' }, true],
    ['allowed_parameters = { "ip" = ["*"] }', { ip: 'a' }, false],
    ['allowed_parameters = { "ip" = ["*b*"] }', { ip: 'abc' }, true],
    ['allowed_parameters = { "ip" = ["*c"] }', { ip: 'abc' }, true],
    ['allowed_parameters = { "n" = [1, true, ["a"]] }', { n: 1 }, true],
    ['allowed_parameters = { "n" = [1, true, ["a"]] }', { n: '1' }, false],
    ['allowed_parameters = { "n" = [1, true, ["a"]] }', { n: ['a'] }, true],
    ['denied_parameters = { "*" = [] }', { any: 1 }, false],
    ['denied_parameters = { "*" = [] }', {}, true],
    ['denied_parameters = { "ip" = [] }', { ip: 'a' }, false],
    ['denied_parameters = { "ip" = [] }', { other: 'a' }, true],
    ['denied_parameters = { "ip" = ["a"] }', { ip: 'b' }, true],
    ['denied_parameters = { "ip" = ["a"] }', { ip: ['b', 'a'] }, false],
    ['denied_parameters = { "port" = ["22"] }', { port: 22 }, false],
    ['denied_parameters = { "ip" = ["a"] } allowed_parameters = { "*" = [] }', { ip: 'a' }, false],
    ['required_parameters = ["ip"]', {}, false],
    ['required_parameters = ["ip"]', { IP: 1 }, true],
  ] as const)
    it(`${expected ? 'allows' : 'denies'} ${JSON.stringify(data)} where ${more}`, () => {
      const acl = aclOf(rule('a', 'update list', more))
      expect(acl.judge(asked('a', data)).allowed).to.equal(expected)
      // what is listed takes no parameters
      expect(acl.judge(asked('a', data, 'list')).allowed).to.equal(true)
    })

  it('takes together what stanzas of one path say of parameters', () => {
    const acl = aclOf(
      rule(
        'a',
        'update',
        'allowed_parameters = { "x" = ["1"] "y" = ["1"] } required_parameters = ["x"]',
      ),
      rule(
        'a',
        'update',
        'allowed_parameters = { "x" = ["2"] "y" = [] } required_parameters = ["y"]',
      ),
    )
    for (const [data, allowed] of [
      [{ x: '1', y: 'any' }, true],
      [{ x: '2', y: 'any' }, true],
      [{ x: '3', y: 'any' }, false],
      [{ x: '1' }, false],
    ] as const)
      expect(acl.judge(asked('a', data)).allowed, JSON.stringify(data)).to.equal(allowed)
  })

  it('takes thousands of stanzas of one path together in a time that does not grow with their square', async () => {
    const policy = Array.from({ length: 20_000 }, (_, at) =>
      rule('a', 'update', `allowed_parameters = { "${at}" = ["1"] "x" = ["${at}"] }`),
    ).join('')
    const stanzas = parsePolicy(policy)
    let acl = new Acl([], { root: false })
    const took = await processorTime(() => {
      acl = new Acl([{ name: 'p', stanzas }], { root: false })
    })
    // it would be seconds
    expect(took).to.be.lessThan(1000)
    expect(acl.judge(asked('a', { x: '19999', 7: '1' })).allowed).to.equal(true)
  })

  it('wants replies wrapped for as long as the rule says, and the shorter of two', () => {
    const acl = aclOf(
      rule('a', 'update', 'min_wrapping_ttl = 10 max_wrapping_ttl = 100'),
      rule('a', 'update', 'max_wrapping_ttl = 50'),
    )
    const wrapped = (wrapTtl: number | undefined) => acl.judge({ ...asked('a'), wrapTtl }).allowed
    expect([undefined, 9, 10, 50, 51].map(wrapped)).to.deep.equal([false, false, true, true, false])
  })

  for (const [path, expected] of [
    ['ssh/creds/web', true],
    ['ssh/*', true],
    ['ss*', true],
    ['*', true],
    ['+/creds/*', true],
    ['ssh', true],
    ['sshx/*', false],
    ['+', true],
    ['other/+', false],
    ['s', false],
  ] as const)
    it(`knows that ${path} ${expected ? 'reaches' : 'does not reach'} into ssh/`, () => {
      expect(aclOf(rule(path, 'read')).reaches('ssh/')).to.equal(expected)
      expect(aclOf(rule(path, 'deny')).reaches('ssh/')).to.equal(false)
    })

  it('shows its rules', () => {
    expect(
      aclOf(rule('a', 'read') + rule('b/*', 'list') + rule('c/+', 'deny')).rules,
    ).to.deep.equal({
      root: false,
      exact: { a: { capabilities: ['read'] } },
      glob: { 'b/': { capabilities: ['list'] }, 'c/+': { capabilities: ['deny'] } },
    })
  })

  it('lets the rule decide that a plain reading of the rules finds', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', '+', 'a+')
    const pattern = fc
      .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '*', '/*'))
      .map(([segments, end]) => segments.join('/') + end)
      .filter(each => !each.includes('+*'))
    const path = fc
      .array(fc.constantFrom('a', 'b', 'ab', 'a+'), { minLength: 1, maxLength: 4 })
      .map(segments => segments.join('/'))
    fc.assert(
      fc.property(fc.uniqueArray(pattern, { maxLength: 8 }), path, (patterns, wanted) => {
        const acl = aclOf(...patterns.map(each => rule(each, 'update')))
        const winner = plainly(patterns, wanted)
        expect(acl.judge(asked(wanted)).granting).to.deep.equal(
          winner === undefined ? [] : [`p${patterns.indexOf(winner) + 1}`],
        )
      }),
      { numRuns: 5000 },
    )
  })

  it('has one order of patterns, whatever order they come in', () => {
    const pattern = fc.stringMatching(/^[ab+/]{1,6}\*?$/).filter(each => !each.includes('+*'))
    fc.assert(
      fc.property(pattern, pattern, pattern, (...texts) => {
        const [a, b, c] = texts.map(parsePattern) as [Parsed, Parsed, Parsed]
        fc.pre(new Set(texts).size === 3)
        expect(Math.sign(byPriority(a, b))).to.equal(-Math.sign(byPriority(b, a)))
        if (byPriority(a, b) < 0 && byPriority(b, c) < 0) expect(byPriority(a, c)).to.be.below(0)
      }),
    )
  })
})

type Parsed = ReturnType<typeof parsePattern>

/** The pattern that decides: read from the words of the specification, with regular expressions and one comparison after another. */
function plainly(patterns: readonly string[], path: string): string | undefined {
  if (patterns.includes(path)) return path
  const matching = patterns.filter(each => {
    const glob = each.endsWith('*')
    const source = each
      .replace(/\*$/, '')
      .split('/')
      .map(segment => (segment === '+' ? '[^/]*' : segment.replace('+', '\\+')))
      .join('/')
    return new RegExp(`^${source}${glob ? '' : '$'}`).test(path)
  })
  const open = (each: string) => each.split('/').filter(segment => segment === '+').length
  const first = (each: string) => (open(each) > 0 ? each.indexOf('+') : each.indexOf('*'))
  return matching.reduce<string | undefined>((best, each) => {
    if (best === undefined) return each
    if (first(best) !== first(each)) return first(best) < first(each) ? each : best
    if (best.endsWith('*') !== each.endsWith('*')) return best.endsWith('*') ? each : best
    if (open(best) !== open(each)) return open(best) > open(each) ? each : best
    if (best.length !== each.length) return best.length < each.length ? each : best
    return [best, each].sort().at(-1)
  }, undefined)
}
