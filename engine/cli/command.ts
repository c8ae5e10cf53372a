import type { Fields, Values } from '../../shared/field.ts'
import { type Arguments, parseArguments, readFlags } from './arguments.ts'
import type { CliIo } from './cli-io.ts'
import { Client } from './client.ts'
import type { Named } from './completion/name-source.ts'
import { EXIT, Failure } from './failure.ts'
import { CONNECTION, type ConnectionFlags, FIELD, HELP, OUTPUT } from './flags.ts'
import { type CommandDescription, commandHelp } from './help.ts'
import { TerminalUser } from './kept-token/terminal-user.ts'
import { onlyOnce } from './only-once.ts'
import { FORMATS, Printer } from './print.ts'
import { type OwnSettings, readSettings, type Settings, type SettingsUser } from './settings.ts'
import { ShownRequest } from './shown-request.ts'
import { variable } from './variable.ts'

/** The input of a command. */
export interface Call<F extends Fields> {
  readonly flags: Values<F>
  /** The flags as they were given, those of the connection too, to give them to another command of this program. */
  readonly given: readonly string[]
  readonly args: readonly string[]
  readonly io: CliIo
  readonly print: Printer
  /** A client with the settings of flags and environment. It sends nothing yet, and is closed when the command ends. */
  readonly connect: (changes?: Partial<Settings>) => Client
  /** The settings of flags and environment. */
  readonly settings: () => OwnSettings
  /** The command must not prompt. */
  readonly nonInteractive: boolean
}

interface Declaration<F extends Fields> extends Omit<CommandDescription, 'groups'> {
  readonly flags: F
  /** Minimum and maximum number of arguments. */
  readonly arguments: readonly [least: number, most: number]
  /** Its result: a message by default, else one with -format, with -format and -field, or also with -format=raw. */
  readonly prints?: 'format' | 'field' | 'text'
  /** What its words name, so that shells can complete them. */
  readonly names?: Named
  /** Its result cannot be retrieved again. */
  readonly onlyOnce?: true
  /** It runs on the machine of the engine, with the engine's program. */
  readonly besideEngine?: true
  /** It requires no server. */
  readonly local?: true
  /** What follows its first argument is passed to another program. */
  readonly endsAtArgument?: true
  /** Number of words of the option of that program that the words begin with; such options may also precede the first argument. */
  readonly foreign?: (words: readonly string[]) => number
  /** Gives the exit code. */
  run(call: Call<F>): Promise<number>
}

/** A command as the command line sees it. */
export interface Command extends CommandDescription, Omit<Declaration<Fields>, 'run' | 'flags'> {
  run(words: readonly string[], io: CliIo): Promise<number>
}

/** Makes a command from its declaration, from which parsing, help and the types of `run` follow. */
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
      name: declaration.name,
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
  if (declaration.besideEngine && io.portable) throw new Failure(NO_ENGINE)
  const connection = readFlags(CONNECTION, parsed)
  const shown = shownRequest(connection)
  const user = userOf(parsed, io)
  const settings = once(() => ({ ...readSettings(connection, io.environment, user), shown }))
  const run = (io: CliIo) => runConnected(declaration, parsed, { io, settings })
  return shown ? shown.instead(io, run) : run(io)
}

interface Connected {
  readonly io: CliIo
  readonly settings: () => OwnSettings
}

async function runConnected<F extends Fields>(
  declaration: Declaration<F>,
  parsed: Arguments,
  { io, settings }: Connected,
): Promise<number> {
  await using clients = new AsyncDisposableStack()
  return await declaration.run({
    flags: readFlags(declaration.flags, parsed),
    given: givenFlags(parsed),
    args: parsed.args,
    io,
    print: printer(declaration, parsed, io),
    settings,
    connect: changes => clients.use(new Client({ ...settings(), ...changes })),
    nonInteractive: readFlags(CONNECTION, parsed)['non-interactive'],
  })
}

/** Why the command line alone cannot run such a command. */
const NO_ENGINE =
  'this program is the command line alone: run this on the machine of the engine, whose package "postern" has the whole program'

const givenFlags = ({ given }: Arguments): readonly string[] =>
  Object.entries(given).flatMap(([name, value]) => [value].flat().map(each => `-${name}=${each}`))

/** Flags that are for this command alone, and not for a login on its way. */
const OWN = ['wrap-ttl', 'non-interactive', 'output-curl-string', 'output-policy']

/** There is nobody to tell or to ask where the result goes to a program. */
function userOf(parsed: Arguments, io: CliIo): SettingsUser {
  const warn = (text: string) => io.stderr.write(`${text}\n`)
  const connection = readFlags(CONNECTION, parsed)
  const isShown = connection['output-curl-string'] || connection['output-policy']
  const isAtTerminal = io.stdout.isTTY && io.stderr.isTTY
  if (!isAtTerminal || isShown || connection['non-interactive']) return { warn }
  const given = Object.entries(parsed.given).filter(
    ([name]) => Object.hasOwn(CONNECTION, name) && !OWN.includes(name),
  )
  const flags = givenFlags({ given: Object.fromEntries(given), args: [] })
  return { warn, ofToken: server => new TerminalUser({ ...server, io, connection: flags }) }
}

function shownRequest(flags: ConnectionFlags): ShownRequest | undefined {
  if (flags['output-curl-string']) return new ShownRequest('curl')
  return flags['output-policy'] ? new ShownRequest('policy') : undefined
}

/** Reads the settings on first use, once, so that warnings are not repeated. */
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
    `${problem} arguments (expected ${expected}, got ${args.length})\nUsage: postern ${name} ${usage}\n\n${helpOf(name)}`,
  )
}

const helpOf = (name: string) => `"postern ${name} -help" describes it, with examples.`

type CountRule = Pick<Declaration<Fields>, 'name' | 'arguments' | 'usage'>

function printer({ prints }: Pick<Declaration<Fields>, 'prints'>, parsed: Arguments, io: CliIo) {
  const { field } = readFlags(FIELD, parsed)
  const typed = readFlags(OUTPUT, parsed).format ?? variable(io.environment, 'FORMAT') ?? 'table'
  const format = FORMATS.find(each => each === typed.toLowerCase())
  if (!format) throw new Failure(`Invalid output format: ${typed}. Use table, json or yaml`)
  if (format === 'raw' && prints !== 'text')
    throw new Failure('This command does not support the -format=raw option; only "read" does.')
  return new Printer(io, { format, field })
}
