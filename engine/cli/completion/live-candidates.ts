import type { Command } from '../command.ts'
import { trimPath } from '../path.ts'
import { type Candidate, commandOf } from './candidates.ts'
import type { LiveNames } from './live-names.ts'
import type { NameSource } from './name-source.ts'

/**
 * Completes the last of `words` where it names something that the server knows. Nothing is asked for other words.
 * @param words what follows `postern`; the last one may be empty
 */
export async function liveCandidates(
  commands: readonly Command[],
  words: readonly string[],
  names: LiveNames,
): Promise<readonly Candidate[]> {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const command = commandOf(commands, before)
  const wanted = command && wantedBy(command, before, typed)
  if (!wanted) return []
  const { source, begun, prefix } = wanted
  const found = await names.of(source, begun, mountIn(before))
  return found
    .filter(name => name.startsWith(begun))
    .sort()
    .map(name => ({ word: prefix + name, summary: '' }))
}

interface Wanted {
  readonly source: NameSource
  /** What is typed of the name. */
  readonly begun: string
  /** What of the word is before it. */
  readonly prefix: string
}

function wantedBy(
  { name, names = {}, endsAtArgument }: Command,
  before: readonly string[],
  typed: string,
): Wanted | undefined {
  const [, flag = '', value] = /^--?([a-z-]+)=(.*)$/s.exec(typed) ?? []
  if (value !== undefined) {
    const source = names.flags?.[flag]
    return source && { source, begun: value, prefix: typed.slice(0, -value.length || undefined) }
  }
  if (typed.startsWith('-')) return undefined
  const given = before.slice(name.split(' ').length).filter(word => !word.startsWith('-'))
  if (endsAtArgument && given.length > 0) return undefined
  const source = names.arguments?.[given.length]
  if (source !== 'login') return source && { source, begun: typed, prefix: '' }
  const prefix = typed.slice(0, typed.lastIndexOf('@') + 1)
  return { source, begun: typed.slice(prefix.length), prefix }
}

/** The SSH engine that the words name, or the usual one. */
function mountIn(words: readonly string[]): string {
  const named = words.map(word => /^--?mount(?:-point)?=(.+)$/.exec(word)?.[1]).find(Boolean)
  return trimPath(named ?? 'ssh')
}
