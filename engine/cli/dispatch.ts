import { COMMANDS } from './commands.ts'
import { EXIT } from './failure.ts'
import { commandHelp, groupHelp, overview } from './help.ts'
import { nearest } from './nearest.ts'
import type { World } from './world.ts'

/** Exit code for a command that does not exist, as Vault's. */
const UNKNOWN = 127

const HELP: ReadonlySet<string> = new Set(['-h', '-help', '--help'])
const VERSION: ReadonlySet<string> = new Set(['-v', '-version', '--version'])

/** Finds the command that the words begin with, and runs it. Gives the exit code. */
export async function dispatch(words: readonly string[], world: World): Promise<number> {
  const [first = '', second = ''] = words
  if (first === 'help' || HELP.has(first)) return help(words.slice(1), world)
  if (words.length === 1 && VERSION.has(first)) return dispatch(['version'], world)
  const command = find(`${first} ${second}`) ?? find(first)
  if (command) return command.run(words.slice(command.name.split(' ').length), world)
  return words.some(word => HELP.has(word)) ? help(words, world) : unknown(words, world)
}

const find = (name: string) => COMMANDS.find(command => command.name === name)

function help(words: readonly string[], world: World): number {
  const names = words.filter(word => !word.startsWith('-'))
  const command = find(names.slice(0, 2).join(' ')) ?? find(names[0] ?? '')
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${names[0]} `))
  if (!command && group.length === 0 && names.length > 0) return unknown(names, world)
  const text = command
    ? commandHelp(command)
    : group.length > 0
      ? groupHelp(names[0] ?? '', group)
      : overview(COMMANDS)
  world.stdout.write(`${text}\n`)
  return EXIT.ok
}

/** Words that call nothing: tells what was probably meant. */
function unknown(words: readonly string[], { stderr }: World): number {
  const [first = ''] = words
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${first} `))
  if (words.length === 0) stderr.write(`${overview(COMMANDS)}\n`)
  else if (group.length > 0) stderr.write(`${groupHelp(first, group)}\n`)
  else stderr.write(`${guess(words)}\n`)
  return group.length > 0 ? EXIT.local : UNKNOWN
}

function guess(words: readonly string[]): string {
  const typed = words.slice(0, 2).join(' ')
  const names = COMMANDS.map(({ name }) => name)
  // Vault's words of 2016 had dashes: token-create
  const meant = nearest(typed, names) ?? nearest((words[0] ?? '').replace('-', ' '), names)
  const hint = meant ? `did you mean "postern ${meant}"?` : '"postern help" lists them'
  return `there is no command ${JSON.stringify(words[0])}: ${hint}`
}
