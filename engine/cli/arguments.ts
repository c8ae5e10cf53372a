import { Parser } from 'yargs/helpers'
import type { Fields, Values } from '../../shared/field.ts'
import { type GoFlag, goFlag } from '../../shared/go-flags.ts'
import { nearest } from '../../shared/nearest.ts'
import { readFields } from '../../shared/read-fields.ts'
import { Failure } from './failure.ts'

interface Grammar {
  /** Of the command. */
  readonly name: string
  readonly flags: Fields
  /** Short names of flags. */
  readonly aliases: Readonly<Record<string, string>>
  /** The first argument ends the flags: the rest is passed to another program. */
  readonly endsAtArgument: boolean
  /** How many of the next words are an option of that program with its value. A flag of the command takes precedence. */
  readonly foreign?: (words: readonly string[]) => number
}

export interface Arguments {
  /** By name, each as typed. A repeatable flag that was given several times is a list. */
  readonly given: Readonly<Record<string, unknown>>
  readonly args: readonly string[]
}

/**
 * Divides the words after a command into flags, which are written as in Go ({@link goFlag}), and arguments. Unlike in Go, flags may also
 * follow arguments. `--` ends the flags.
 * @throws {Failure}
 */
export function parseArguments(words: readonly string[], grammar: Grammar): Arguments {
  const { _: args, ...given } = Parser(plain(words, grammar), {
    string: Object.keys(grammar.flags),
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'halt-at-non-option': grammar.endsAtArgument,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    },
  })
  return { given: lastOf(given, grammar.flags), args: args.map(String) }
}

/** Reads the values of `flags`. @throws {Failure} */
export function readFlags<F extends Fields>(flags: F, { given }: Arguments): Values<F> {
  return readFields(
    flags,
    given,
    (name, error) => new Failure(`invalid value for flag -${name}: ${error.message}`),
  ).values
}

/** Rewrites every flag as `--name=value`, the one form that needs no knowledge of the flags. */
function plain(words: readonly string[], grammar: Grammar): string[] {
  const result: string[] = []
  const passedOn: string[] = []
  for (let at = 0; at < words.length; ) {
    const [word = '', ...next] = words.slice(at)
    const flag = goFlag([word, ...next], typed => isSwitch(typed, grammar))
    if (word === '--' || (!flag && grammar.endsAtArgument))
      return [...result, ...behind(passedOn, words.slice(at))]
    const others =
      !flag || isFlag(flag.name, grammar) ? 0 : (grammar.foreign?.([word, ...next]) ?? 0)
    if (others > 0) passedOn.push(...words.slice(at, at + others))
    else result.push(flag ? plainFlag(flag, grammar) : word)
    at += others || (flag?.size ?? 1)
  }
  return [...result, ...behind(passedOn, [])]
}

function plainFlag({ name: typed, value }: GoFlag, grammar: Grammar): string {
  const name = nameOf(typed, grammar)
  const given = value ?? (isSwitch(typed, grammar) ? 'true' : undefined)
  if (given === undefined) throw new Failure(`flag needs an argument: -${typed}`)
  return `--${name}=${given}`
}

/** Puts the options of the other program after `--`, before the rest. */
const behind = (passedOn: readonly string[], rest: readonly string[]): readonly string[] =>
  passedOn.length === 0 ? rest : ['--', ...passedOn, ...(rest[0] === '--' ? rest.slice(1) : rest)]

const isFlag = (typed: string, { flags, aliases }: Grammar): boolean =>
  Object.hasOwn(flags, aliases[typed] ?? typed)

const isSwitch = (typed: string, { flags, aliases }: Grammar): boolean =>
  flags[aliases[typed] ?? typed]?.type === 'bool'

function nameOf(typed: string, grammar: Grammar): string {
  const { flags, aliases } = grammar
  if (isFlag(typed, grammar)) return aliases[typed] ?? typed
  const guess = nearest(typed, Object.keys(flags))
  const hint = guess ? `; did you mean -${guess}?` : `: "postern ${grammar.name} -help" lists them`
  throw new Failure(`flag provided but not defined: -${typed}${hint}`)
}

/** The last value of each flag, or all values of a repeatable one. */
const lastOf = (given: Readonly<Record<string, unknown>>, flags: Fields) =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const isRepeatable = ['slice', 'map'].includes(flags[name]?.type ?? '')
      return [name, Array.isArray(value) && !isRepeatable ? value.at(-1) : value]
    }),
  )
