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

const COMMON = ['ssh', 'server', 'status', 'login', 'read', 'write', 'list', 'delete']

/** All commands in a line each. */
export function overview(commands: readonly CommandDescription[]): string {
  const common = COMMON.flatMap(name => commands.filter(command => command.name === name))
  const others = commands.filter(command => !COMMON.includes(command.name))
  return `Usage: postern <command> [args]

Common commands:
${lines(common)}

Other commands:
${lines([...others].sort((a, b) => (a.name < b.name ? -1 : 1)))}

"postern <command> -help" tells more. The server is named by -address, POSTERN_ADDR or VAULT_ADDR.`
}

/** The common commands, and only the names of the others, so that all is on one screen. */
export function brief(commands: readonly CommandDescription[]): string {
  const common = COMMON.flatMap(name => commands.filter(command => command.name === name))
  const others = commands.map(({ name }) => name).filter(name => !COMMON.includes(name))
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

"postern help" tells of all of them, "postern <command> -help" of one.`
}

/** The commands that begin with the same word. */
export const groupHelp = (name: string, commands: readonly CommandDescription[]): string =>
  `Usage: postern ${name} <subcommand> [options] [args]

Subcommands:
${lines(commands)}

"postern ${name} <subcommand> -help" tells more.`

/** All there is to know of one command. */
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

/** Paragraphs as wide as a terminal; what is indented in them are examples, which stay as they are. */
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

/** What each flag is for, with its short names. */
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
