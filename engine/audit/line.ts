import { printableJson } from '../../shared/printable-json.ts'
import { cutText } from './cut-text.ts'

/** The longest line, in characters, without its position in the chain. */
const LONGEST = 131_072

/** The longest text directly in a section of a line, such as a path or an error. */
const TEXT = 4096

/**
 * An entry as a line: JSON of bounded length without control characters. If it would be longer, its largest parts are replaced by
 * their length.
 */
export function lineOf(entry: object): string {
  const line = printableJson(entry)
  return line.length <= LONGEST ? line : printableJson(shortened(entry))
}

function shortened(entry: object): object {
  const parts = Object.entries(entry).flatMap(([section, value]) =>
    isSection(value)
      ? Object.entries(value).map(([name, part]) => partOf([section, name], part))
      : [partOf([section], value)],
  )
  let excess = parts.reduce((sum, { size }) => sum + size, 0) - LONGEST
  for (const part of parts.toSorted((a, b) => b.size - a.size)) {
    if (excess <= 0) break
    excess -= part.size - SUBSTITUTE
    part.value =
      typeof part.value === 'string' ? cutText(part.value, 64) : { omitted_characters: part.size }
  }
  return assembled(parts)
}

/** What replaces a part is never longer than this. */
const SUBSTITUTE = 512

interface Part {
  /** Names from the outside in. */
  readonly names: readonly string[]
  value: unknown
  /** Characters of its JSON. */
  readonly size: number
}

function partOf(names: readonly string[], given: unknown): Part {
  const value = typeof given === 'string' ? cutText(given, TEXT) : given
  return { names, value, size: printableJson(value).length }
}

const isSection = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function assembled(parts: readonly Part[]): object {
  const entry: Record<string, Record<string, unknown> | unknown> = {}
  for (const { names, value } of parts) {
    const [section = '', name] = names
    if (name === undefined) entry[section] = value
    else entry[section] = { ...(entry[section] as object | undefined), [name]: value }
  }
  return entry
}
