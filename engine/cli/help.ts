import type { Field, Fields } from '../../shared/field.ts'
import { wrapText } from '../../shared/wrap-text.ts'
import { columns } from './table.ts'

/** What the help of a command is made from. */
export interface CommandDescription {
  /** The words that call it. */
  readonly name: string
  readonly summary: string
  /** What follows the name. */
  readonly usage: string
  /** Paragraphs and examples. */
  readonly text: string
  /** Headed groups of flags, in the order in which help shows them. */
  readonly groups: Readonly<Record<string, Fields>>
  /** Short names of flags, and what they stand for. */
  readonly aliases?: Readonly<Record<string, string>>
}

/** What is used most, in the order in which somebody new comes to it. */
const COMMON = [
  ...['login', 'roles list', 'can', 'ssh', 'scp', 'otp', 'ssh-config'],
  ...['status', 'read', 'write', 'list', 'delete', 'server'],
]

/** All commands, one a line. */
export function overview(commands: readonly CommandDescription[]): string {
  const common = COMMON.flatMap(name => commands.filter(command => command.name === name))
  const others = commands.filter(command => !COMMON.includes(command.name))
  return `Usage: postern <command> [args]

Common commands:
${lines(common)}

Other commands:
${lines([...others].sort((a, b) => (a.name < b.name ? -1 : 1)))}

"postern <command> -help" shows the help of a command. Set the server with -address, POSTERN_ADDR or VAULT_ADDR.`
}

/** The summary of a name that is kept for those who know it. */
const FORMER = /\(old name of /

/** The common commands, and the names of the others, short enough for one screen. */
export function brief(commands: readonly CommandDescription[]): string {
  const common = COMMON.flatMap(name => commands.filter(command => command.name === name))
  const former = commands.filter(({ summary }) => FORMER.test(summary)).map(({ name }) => name)
  const named = [...COMMON, ...former]
  const others = commands.map(({ name }) => name).filter(name => !named.includes(name))
  const groups = Map.groupBy(others.toSorted(), name => name.replace(/ .*/, ''))
  const width = Math.max(...[...groups.keys()].map(name => name.length))
  const rows = [...groups].map(([group, names]) => {
    const alone = commands.find(({ name }) => name === group)
    const under = names.map(name => name.slice(group.length + 1)).join(', ')
    const text = alone?.summary ?? wrapText(under, 76 - width)
    return `${group.padEnd(width)}  ${text.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}`
  })
  return `Usage: postern <command> [args]

Common commands:
${lines(common)}

Other commands:
${indent(rows.join('\n'), 4)}

Old names of Vault: ${former.toSorted().join(', ')}
Set the server with -address, POSTERN_ADDR or VAULT_ADDR.
"postern help" describes all commands, "postern <command> -help" one of them.`
}

/** The help of a group of commands, such as `token`. */
export const groupHelp = (name: string, commands: readonly CommandDescription[]): string =>
  `Usage: postern ${name} <subcommand> [options] [args]

Subcommands:
${lines(commands)}

"postern ${name} <subcommand> -help" shows the help of a subcommand.`

/** The full help of one command. */
export function commandHelp({
  name,
  usage,
  text,
  groups,
  aliases = {},
}: CommandDescription): string {
  const sections = Object.entries(groups)
    .filter(([, flags]) => Object.keys(flags).length > 0)
    .map(([title, flags]) => `${title}:\n\n${flagHelp(flags, aliases)}`)
  return [
    `Usage: postern ${name} ${usage}`.trimEnd(),
    indent(paragraphs(text), 2),
    ...sections,
  ].join('\n\n')
}

/** Wraps paragraphs to the width of a terminal, except examples, which are indented. */
const paragraphs = (text: string) =>
  text
    .replace(/^\n/, '')
    .split('\n\n')
    .map(part => (part.startsWith(' ') ? part : wrapText(part.replaceAll('\n', ' '), 76)))
    .join('\n\n')

const lines = (commands: readonly CommandDescription[]) =>
  indent(
    columns(
      commands.map(({ name, summary }) => [name, summary]),
      '      ',
    ),
    4,
  )

/** The flags with their short names and descriptions. */
export function flagHelp(flags: Fields, aliases: Readonly<Record<string, string>> = {}): string {
  return Object.entries(flags)
    .map(([name, field]) => {
      const short = Object.keys(aliases).filter(alias => aliases[alias] === name)
      const names = [name, ...short].map(each => `-${each}${VALUES[field.type] ?? ''}`).join(', ')
      return `  ${names}\n${indent(wrapText(description(field), 72), 6)}`
    })
    .join('\n\n')
}

const VALUES: Readonly<Record<string, string>> = {
  string: '=<string>',
  int: '=<number>',
  'duration (sec)': '=<duration>',
  slice: '=<string>',
  map: '=<key=value>',
}

const description = ({ description, default: fallback }: Field<unknown>) =>
  typeof fallback === 'string' && fallback !== ''
    ? `${description} The default is ${fallback}.`
    : description

const indent = (text: string, by: number) => text.replace(/^(?=.)/gm, ' '.repeat(by))
