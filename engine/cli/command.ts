import type { Fields, Values } from '../../shared/field.ts'
import { type Arguments, parseArguments, readFlags } from './arguments.ts'
import type { CliIo } from './cli-io.ts'
import { Client } from './client.ts'
import { EXIT, Failure } from './failure.ts'
import { CONNECTION, FIELD, HELP, OUTPUT } from './flags.ts'
import { type CommandDescription, commandHelp } from './help.ts'
import { onlyOnce } from './only-once.ts'
import { FORMATS, Printer } from './print.ts'
import { readSettings, type Settings } from './settings.ts'
import { variable } from './variable.ts'

/** What a command is run with. */
export interface Call<F extends Fields> {
  readonly flags: Values<F>
  readonly args: readonly string[]
  readonly io: CliIo
  readonly print: Printer
  /** Opens the connection that flags and environment describe; nothing is sent yet. It closes when the command has ended. */
  readonly connect: (changes?: Partial<Settings>) => Client
  /** Nobody may be asked anything. */
  readonly nonInteractive: boolean
}

interface Declaration<F extends Fields> extends Omit<CommandDescription, 'groups'> {
  readonly flags: F
  /** How many arguments it takes, at least and at most. */
  readonly arguments: readonly [least: number, most: number]
  /** What it prints: a sentence, a result in any format, or one whose fields can be picked; `text` may also be printed as it came. */
  readonly prints?: 'format' | 'field' | 'text'
  /** What it prints cannot be had again. */
  readonly onlyOnce?: true
  /** It needs no server. */
  readonly local?: true
  /** What follows its first argument belongs to another program. */
  readonly endsAtArgument?: true
  /** How many of the next words are an option of that program, with its value: such may also stand before the first argument. */
  readonly foreign?: (words: readonly string[]) => number
  /** Gives the exit code. */
  run(call: Call<F>): Promise<number>
}

/** A command as the command line sees it. */
export interface Command extends CommandDescription, Omit<Declaration<Fields>, 'run' | 'flags'> {
  run(words: readonly string[], io: CliIo): Promise<number>
}

/** Declares a command once: its flags give the parsing, the help and the types that `run` sees. */
export function command<F extends Fields>(declaration: Declaration<F>): Command {
  const { flags, prints, local } = declaration
  const groups = {
    'Command Options': flags,
    'Output Options': { ...(prints && OUTPUT), ...(prints && prints !== 'format' && FIELD) },
    'Connection Options': local ? {} : CONNECTION,
  }
  return { ...declaration, groups, run }

  async function run(words: readonly string[], io: CliIo): Promise<number> {
    const parsed = parseArguments(words, {
      flags: Object.assign({}, HELP, ...Object.values(groups)),
      aliases: { ...declaration.aliases, h: 'help' },
      endsAtArgument: declaration.endsAtArgument ?? false,
      ...(declaration.foreign && { foreign: declaration.foreign }),
    })
    if (readFlags(HELP, parsed).help) {
      io.stdout.write(`${commandHelp({ ...declaration, groups })}\n`)
      return EXIT.ok
    }
    const runIn = (io: CliIo) => runParsed(declaration, parsed, io)
    return declaration.onlyOnce ? onlyOnce(io, runIn) : runIn(io)
  }
}

async function runParsed<F extends Fields>(
  declaration: Declaration<F>,
  parsed: Arguments,
  io: CliIo,
): Promise<number> {
  checkCount(declaration, parsed)
  const connection = readFlags(CONNECTION, parsed)
  const warn = (text: string) => io.stderr.write(`${text}\n`)
  const settings = once(() => readSettings(connection, io.environment, warn))
  await using clients = new AsyncDisposableStack()
  return await declaration.run({
    flags: readFlags(declaration.flags, parsed),
    args: parsed.args,
    io,
    print: printer(declaration, parsed, io),
    connect: changes => clients.use(new Client({ ...settings(), ...changes })),
    nonInteractive: connection['non-interactive'],
  })
}

/** Reads the settings when they are first wanted, so that nothing is said twice. */
function once<T extends object>(read: () => T): () => T {
  let known: T | undefined
  return () => {
    known ??= read()
    return known
  }
}

function checkCount({ name, arguments: [least, most], usage }: CountRule, { args }: Arguments) {
  const problem = args.length < least ? 'Not enough' : args.length > most ? 'Too many' : undefined
  if (!problem) return
  const expected =
    least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least}-${most}`
  throw new Failure(
    `${problem} arguments (expected ${expected}, got ${args.length})\nUsage: postern ${name} ${usage}`,
  )
}

type CountRule = Pick<Declaration<Fields>, 'name' | 'arguments' | 'usage'>

function printer({ prints }: Pick<Declaration<Fields>, 'prints'>, parsed: Arguments, io: CliIo) {
  const { field } = readFlags(FIELD, parsed)
  const typed = readFlags(OUTPUT, parsed).format ?? variable(io.environment, 'FORMAT') ?? 'table'
  const format = FORMATS.find(each => each === typed.toLowerCase())
  if (!format)
    throw new Failure(
      `Invalid output format: ${typed}. There are ${FORMATS.filter(each => each !== 'raw').join(', ')}`,
    )
  if (format === 'raw' && prints !== 'text')
    throw new Failure('This command does not support the -format=raw option; only "read" does.')
  return new Printer(io, { format, field })
}
