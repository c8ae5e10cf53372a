import { expect } from 'chai'
import { parseArguments, readFlags } from '../../../engine/cli/arguments.ts'
import { pairs, texts } from '../../../engine/cli/flags.ts'
import { boolean, duration, string } from '../../../shared/field.ts'

const FLAGS = {
  force: boolean({ description: '', default: false }),
  format: string({ description: '', default: 'table' }),
  policy: texts({ description: '' }),
  metadata: pairs({ description: '' }),
  ttl: duration({ description: '' }),
}

function parse(words: readonly string[], endsAtArgument = false) {
  const parsed = parseArguments(words, {
    ...{ name: 'write', flags: FLAGS },
    ...{ aliases: { f: 'force' }, endsAtArgument },
  })
  const given = Object.entries(readFlags(FLAGS, parsed)).filter(([name]) => name in parsed.given)
  return { args: parsed.args, flags: Object.fromEntries(given) }
}

describe('Arguments', () => {
  for (const [why, words, args, flags] of [
    ['nothing', [], [], {}],
    ['one dash and an equals sign', ['-format=json', 'p'], ['p'], { format: 'json' }],
    ['one dash and the next word', ['-format', 'json', 'p'], ['p'], { format: 'json' }],
    ['two dashes', ['--format=json', '--force', 'p'], ['p'], { format: 'json', force: true }],
    ['two dashes and the next word', ['--format', 'yaml'], [], { format: 'yaml' }],
    ['a short name', ['-f', 'p'], ['p'], { force: true }],
    ['a switch that never takes the next word', ['-force', 'true'], ['true'], { force: true }],
    ['a switch that is set to no', ['-force=0'], [], { force: false }],
    ['flags after arguments', ['p', 'k=v', '-force'], ['p', 'k=v'], { force: true }],
    ['a value that begins with a dash', ['-format', '-x', 'p'], ['p'], { format: '-x' }],
    ['a value with an equals sign', ['-format=a=b'], [], { format: 'a=b' }],
    ['an empty value', ['-format=', 'p'], ['p'], { format: '' }],
    ['a value of several lines', ['-format=a\nb'], [], { format: 'a\nb' }],
    ['the last of several', ['-format=a', '-format=b'], [], { format: 'b' }],
    ['a flag that gathers', ['-policy=a', '-policy', 'b,c'], [], { policy: ['a', 'b,c'] }],
    ['pairs', ['-metadata=a=1', '-metadata', 'b=2=3'], [], { metadata: { a: '1', b: '2=3' } }],
    ['a duration', ['-ttl=1h30m'], [], { ttl: 5400 }],
    ['what stands for standard input', ['p', '-'], ['p', '-'], {}],
    ['words after two dashes', ['-force', '--', '-format', 'x'], ['-format', 'x'], { force: true }],
    ['arguments that look like numbers', ['007', '1e3'], ['007', '1e3'], {}],
  ] as const)
    it(`reads ${why}`, () => {
      expect(parse(words)).to.deep.equal({ args, flags })
    })

  it('leaves what follows the first argument to another program', () => {
    expect(
      parse(['-force', 'host', '-p', '22', '-format=x', 'ls', '--', '-l'], true),
    ).to.deep.equal({
      args: ['host', '-p', '22', '-format=x', 'ls', '--', '-l'],
      flags: { force: true },
    })
  })

  for (const [why, words, message] of [
    [
      'an unknown flag',
      ['-zzz'],
      'flag provided but not defined: -zzz: "postern write -help" lists them',
    ],
    [
      'a misspelt flag',
      ['-fromat=json'],
      'flag provided but not defined: -fromat; did you mean -format?',
    ],
    ['a flag without its value', ['-format'], 'flag needs an argument: -format'],
    [
      'a switch that is neither',
      ['-force=yes'],
      'invalid value for flag -force: expected true or false, got another text',
    ],
    [
      'a pair without an equals sign',
      ['-metadata=a'],
      'invalid value for flag -metadata: expected key=value',
    ],
  ] as const)
    it(`refuses ${why}`, () => {
      expect(() => parse(words)).to.throw(message)
    })

  it('names a flag that there is not', () => {
    expect(() => parse(['-p', '22', 'host'], true)).to.throw('flag provided but not defined: -p')
  })

  for (const [words, args] of [
    [
      ['-p', '-force', 'host', '-force'],
      ['-p', 'host', '-force'],
    ],
    [
      ['-format=x', '-p', '--', 'host'],
      ['-p', 'host'],
    ],
    [
      ['-p', '-p'],
      ['-p', '-p'],
    ],
    [
      ['--', '-p', 'host'],
      ['-p', 'host'],
    ],
  ] as const)
    it(`leaves options of another program to it: ${words.join(' ')}`, () => {
      const foreign = ([word]: readonly string[]) => (word === '-p' ? 1 : 0)
      const grammar = { name: 'ssh', flags: FLAGS, aliases: {}, endsAtArgument: true, foreign }
      expect(parseArguments(words, grammar).args).to.deep.equal(args)
    })
})
