import type { Field } from '../../../shared/field.ts'
import type { Command } from '../command.ts'

/** A word that may come next. */
export interface Candidate {
  /** The whole word. */
  readonly word: string
  readonly summary: string
}

/**
 * Completes the last of `words`: with subcommands, flags, and values of flags that have a fixed set. Names that the server knows
 * are found by live-candidates.ts.
 * @param words what follows `postern`; the last one may be empty
 */
export function candidates(
  commands: readonly Command[],
  words: readonly string[],
): readonly Candidate[] {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const command = commandOf(commands, before)
  const all = command
    ? flagsOf(command, before, typed)
    : nextWords(
        commands,
        before.filter(word => !word.startsWith('-')),
      )
  return all
    .filter(({ word }) => word.startsWith(typed))
    .sort((a, b) => (a.word < b.word ? -1 : a.word > b.word ? 1 : 0))
}

/** The command with the longest name that the words begin with. */
export function commandOf(
  commands: readonly Command[],
  words: readonly string[],
): Command | undefined {
  const find = (name: string) => commands.find(command => command.name === name)
  return find(words.slice(0, 2).join(' ')) ?? find(words[0] ?? '')
}

function nextWords(commands: readonly Command[], before: readonly string[]): readonly Candidate[] {
  const depth = before.length
  const found = new Map<string, Candidate>()
  for (const { name, summary } of commands) {
    const parts = name.split(' ')
    const word = parts[depth]
    if (word === undefined || parts.slice(0, depth).join(' ') !== before.join(' ')) continue
    const isWhole = parts.length === depth + 1
    if (isWhole || !found.has(word))
      found.set(word, { word, summary: isWhole ? summary : `Subcommands of ${word}` })
  }
  return [...found.values()]
}

function flagsOf(command: Command, before: readonly string[], typed: string): readonly Candidate[] {
  // all words after the first argument of `ssh` are passed to ssh
  const named = command.name.split(' ').length
  const isPast = before.slice(named).some(word => !word.startsWith('-'))
  if (!typed.startsWith('-') || (command.endsAtArgument && isPast)) return []
  const dashes = typed.startsWith('--') ? '--' : '-'
  const flags = Object.assign({}, ...Object.values(command.groups)) as Record<
    string,
    Field<unknown>
  >
  return [
    { word: `${dashes}help`, summary: 'Show the help of the command' },
    ...Object.entries(flags).flatMap(([name, field]) => ofFlag(`${dashes}${name}`, field, typed)),
  ]
}

function ofFlag(flag: string, field: Field<unknown>, typed: string): readonly Candidate[] {
  const summary = firstSentence(field.description)
  if (field.type === 'bool') return [{ word: flag, summary }]
  if (!typed.startsWith(`${flag}=`)) return [{ word: `${flag}=`, summary }]
  const { enum: values = [] } = field.schema as { readonly enum?: readonly string[] }
  return values.map(value => ({ word: `${flag}=${value}`, summary: '' }))
}

/** The first sentence of a description, in one line. */
const firstSentence = (text: string) =>
  /^.*?(?=\.(?:\s|$)|$)/s.exec(text)?.[0].replace(/\s+/g, ' ') ?? ''
