import yargs from 'yargs'
import { type Fields, readFields, type Values } from '../../shared/field.ts'
import { nearest } from '../../shared/nearest.ts'
import { Failure } from './failure.ts'

interface Grammar {
  readonly flags: Fields
  /** Short names of flags. */
  readonly aliases: Readonly<Record<string, string>>
  /** The first argument ends the flags: what follows belongs to another program. */
  readonly endsAtArgument: boolean
  /** How many of the next words are an option of that other program, with its value; one that is also a flag here is a flag here. */
  readonly foreign?: (words: readonly string[]) => number
}

export interface Arguments {
  /** By name, each as typed; a flag that gathers, and was given again, is a list. */
  readonly given: Readonly<Record<string, unknown>>
  readonly args: readonly string[]
}

/**
 * Divides the words after a command: flags with one dash or two, their values after `=` or as the next word, as in Go; and
 * unlike there, flags may follow arguments too. `--` ends the flags.
 * @throws {Failure}
 */
export function parseArguments(words: readonly string[], grammar: Grammar): Arguments {
  const {
    _: args,
    $0: _,
    ...given
    // the folder that it would look up for itself may be gone
  } = yargs(plain(words, grammar), '/')
    .help(false)
    .version(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'halt-at-non-option': grammar.endsAtArgument,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    })
    .string(Object.keys(grammar.flags))
    .parseSync()
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

/** The words with every flag written as `--name=value`, the one form in which nothing is left to guess. */
function plain(words: readonly string[], grammar: Grammar): string[] {
  const result: string[] = []
  const passedOn: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const [, typed, value] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? []
    if (word === '--' || (typed === undefined && grammar.endsAtArgument))
      return [...result, ...behind(passedOn, words.slice(at))]
    if (typed === undefined) {
      result.push(word)
      continue
    }
    const others = isFlag(typed, grammar) ? 0 : (grammar.foreign?.(words.slice(at)) ?? 0)
    if (others > 0) {
      passedOn.push(...words.slice(at, at + others))
      at += others - 1
      continue
    }
    const name = nameOf(typed, grammar)
    const isSwitch = grammar.flags[name]?.type === 'bool'
    if (value === undefined && !isSwitch && at + 1 === words.length)
      throw new Failure(`flag needs an argument: -${typed}`)
    result.push(`--${name}=${value ?? (isSwitch ? 'true' : words[++at])}`)
  }
  return [...result, ...behind(passedOn, [])]
}

/** Options of another program go behind `--`, in front of what follows them. */
const behind = (passedOn: readonly string[], rest: readonly string[]): readonly string[] =>
  passedOn.length === 0 ? rest : ['--', ...passedOn, ...(rest[0] === '--' ? rest.slice(1) : rest)]

const isFlag = (typed: string, { flags, aliases }: Grammar): boolean =>
  Object.hasOwn(flags, aliases[typed] ?? typed)

function nameOf(typed: string, grammar: Grammar): string {
  const { flags, aliases } = grammar
  if (isFlag(typed, grammar)) return aliases[typed] ?? typed
  const guess = nearest(typed, Object.keys(flags))
  const hint = guess ? `; did you mean -${guess}?` : ''
  throw new Failure(`flag provided but not defined: -${typed}${hint}`)
}

/** Of a flag that is given again the last counts, unless it gathers. */
const lastOf = (given: Readonly<Record<string, unknown>>, flags: Fields) =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const gathers = ['slice', 'map'].includes(flags[name]?.type ?? '')
      return [name, Array.isArray(value) && !gathers ? value.at(-1) : value]
    }),
  )
