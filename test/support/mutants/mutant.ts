import { readFileSync } from 'node:fs'

/** A change of a source, as far as we look at it. */
export interface Mutant {
  /** From the root of the repository. */
  readonly file: string
  readonly line: number
  /** The lines that it changes, before and after, without the blanks around each. */
  readonly was: string
  readonly becomes: string
}

/** One place of Stryker's, whose lines and columns count from 1. */
interface Position {
  readonly line: number
  readonly column: number
}

interface Change {
  readonly fileName: string
  readonly replacement: string
  readonly location: { readonly start: Position; readonly end: Position }
}

/** @param root of the repository, where Stryker has read the sources */
export function mutantOf(
  { fileName, replacement, location: { start, end } }: Change,
  root: string,
) {
  const lines = readFileSync(fileName, 'utf8').split('\n')
  const [first = '', last = ''] = [lines[start.line - 1], lines[end.line - 1]]
  const becomes = first.slice(0, start.column - 1) + replacement + last.slice(end.column - 1)
  return {
    file: fileName.slice(root.length + 1),
    line: start.line,
    was: trimmed(lines.slice(start.line - 1, end.line).join('\n')),
    becomes: trimmed(becomes),
  } satisfies Mutant
}

const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/gm, '')

/** As `diff -u` shows it, with the place in front. */
export const diffOf = ({
  file,
  line,
  was,
  becomes,
}: Omit<Mutant, 'line'> & { readonly line?: number }) =>
  [
    line === undefined ? file : `${file}:${line}`,
    ...marked('-', was),
    ...marked('+', becomes),
  ].join('\n')

const marked = (mark: string, text: string) => text.split('\n').map(each => `${mark} ${each}`)
