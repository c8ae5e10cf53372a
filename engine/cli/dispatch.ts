import { nearest } from '../../shared/nearest.ts'
import type { CliIo } from './cli-io.ts'
import { allCommands, COMMAND_NAMES, findCommand } from './commands.ts'
import { EXIT } from './failure.ts'
import { brief, commandHelp, groupHelp, overview } from './help.ts'

/** Exit code for an unknown command, as in Vault. */
const UNKNOWN = 127

const HELP: ReadonlySet<string> = new Set(['-h', '-help', '--help'])
/** As Vault's users type it. */
const AUTOCOMPLETE = /^--?autocomplete-(install|uninstall)$/

const VERSION: ReadonlySet<string> = new Set(['-v', '-version', '--version'])

/** Runs the command that the words begin with. Gives the exit code. */
export async function dispatch(words: readonly string[], io: CliIo): Promise<number> {
  const [first = '', second = ''] = words
  if (first === 'help' || HELP.has(first)) return help(words.slice(1), io)
  if (words.length === 1 && VERSION.has(first)) return dispatch(['version'], io)
  const [, change] = AUTOCOMPLETE.exec(first) ?? []
  if (change !== undefined && words.length === 1) return dispatch(['completion', change], io)
  const command = (await findCommand(`${first} ${second}`)) ?? (await findCommand(first))
  if (command) return command.run(words.slice(command.name.split(' ').length), io)
  if (second === 'help') return help(words.toSpliced(1, 1), io)
  return words.some(word => HELP.has(word)) ? help(words, io) : unknown(words, io)
}

async function help(words: readonly string[], io: CliIo): Promise<number> {
  const names = words.filter(word => !word.startsWith('-'))
  const command =
    (await findCommand(names.slice(0, 2).join(' '))) ?? (await findCommand(names[0] ?? ''))
  const group = await allCommands(names[0] ?? '')
  if (!command && group.length === 0 && names.length > 0) return unknown(names, io)
  const text = command
    ? commandHelp(command)
    : group.length > 0
      ? groupHelp(names[0] ?? '', group)
      : overview(await allCommands())
  io.stdout.write(`${text}\n`)
  return EXIT.ok
}

/** Reports an unknown command, and what was probably meant. */
async function unknown(words: readonly string[], { stderr }: CliIo): Promise<number> {
  const [first = '', second] = words
  const group = await allCommands(first)
  if (words.length === 0) stderr.write(`${brief(await allCommands())}\n`)
  else if (group.length === 0) stderr.write(`${guess(words)}\n`)
  else {
    if (second !== undefined) stderr.write(`${guess(words)}\n\n`)
    stderr.write(`${groupHelp(first, group)}\n`)
  }
  return group.length > 0 ? EXIT.local : UNKNOWN
}

function guess(words: readonly string[]): string {
  const [first = '', second] = words
  const isGroup = COMMAND_NAMES.some(name => name.startsWith(`${first} `))
  const typed = isGroup && second !== undefined ? `${first} ${second}` : first
  const meant = meantBy(first, words.slice(0, 2).join(' '))
  const hint =
    meant.length > 0
      ? `did you mean ${meant.map(name => `"postern ${name}"`).join(' or ')}?`
      : '"postern help" lists them'
  return `there is no command ${JSON.stringify(typed)}: ${hint}`
}

/** Old names of commands in early versions of Vault, and words that other programs have for what a command does. */
const FORMER: Readonly<Record<string, string>> = {
  policies: 'policy list',
  remount: 'secrets move',
  'mount-tune': 'secrets tune',
  explain: 'roles explain',
  password: 'otp',
  sign: 'write ssh/sign/ROLE public_key=@FILE.pub',
  cp: 'scp',
  copy: 'scp',
  sessions: 'lease list -mine',
  whoami: 'token lookup',
  logout: 'token revoke -self',
  config: 'ssh-config',
}

function meantBy(first: string, both: string): readonly string[] {
  const groups = [...new Set(COMMAND_NAMES.filter(name => name.includes(' ')).map(groupOf))]
  const former = Object.hasOwn(FORMER, first) ? FORMER[first] : undefined
  const dashless = COMMAND_NAMES.find(name => name === first.replace('-', ' '))
  const only = former ?? dashless
  if (only !== undefined) return [only]
  const under = COMMAND_NAMES.filter(name => name.endsWith(` ${first}`))
  if (under.length > 0) return under
  const near =
    nearest(both, [...COMMAND_NAMES, ...groups]) ??
    nearest(first, [...COMMAND_NAMES, ...groups]) ??
    COMMAND_NAMES.find(name => lastOf(name) === nearest(first, COMMAND_NAMES.map(lastOf)))
  return near === undefined ? [] : [near]
}

const groupOf = (name: string) => name.split(' ')[0] ?? ''
const lastOf = (name: string) => name.split(' ').at(-1) ?? ''
