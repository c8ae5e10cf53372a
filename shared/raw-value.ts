import { Invalid } from './invalid.ts'
import { splitList } from './split-list.ts'

// parses what clients send for a value of some type as Vault does (contract §1.6)

/** Characters of one value at the most. A private key has some thousands; a longer list could exhaust the memory. */
const LONGEST_TEXT = 1_048_576

/** A text; numbers and truth values as their texts, as Vault reads them. @throws {Invalid} */
export function parseString(raw: unknown): string {
  if (typeof raw === 'string') {
    if (raw.length > LONGEST_TEXT)
      throw new Invalid(`a text has ${LONGEST_TEXT} characters at the most`)
    if (!raw.isWellFormed()) throw new Invalid('the text has a lone surrogate')
    return raw
  }
  if (typeof raw === 'number') return String(raw)
  if (typeof raw === 'boolean') return raw ? '1' : '0'
  throw new Invalid(`expected a string, got ${kindOf(raw)}`)
}

// the forms of Go's strconv.ParseInt with base 0
const INTEGERS = [
  [/^[+-]?(?:0|[1-9]\d*)$/, ''],
  [/^[+-]?0x[0-9a-f]+$/i, '0x'],
  [/^[+-]?0b[01]+$/i, '0b'],
  [/^[+-]?0o?[0-7]+$/i, '0o'],
] as const

/** A safe integer, also from text in decimal, or in hex, octal and binary with their prefixes. @throws {Invalid} */
export function parseInteger(raw: unknown): number {
  if (typeof raw === 'boolean') return raw ? 1 : 0
  const number = typeof raw === 'string' ? integerOf(raw.trim()) : raw
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number
  throw new Invalid(`expected an integer, got ${otherThan(raw)}`)
}

function integerOf(text: string): number | undefined {
  if (text === '') return 0
  const form = INTEGERS.find(([pattern]) => pattern.test(text))
  if (!form) return undefined
  const digits = text.replace(/^[+-]/, '').replace(/^0[xbo]?(?=.)/i, '')
  return Number(form[1] + digits) * (text.startsWith('-') ? -1 : 1)
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map(text => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False', ''].map(text => [text, false] as const),
])

/** True or false, also from a number or from one of the words that Go reads. @throws {Invalid} */
export function parseBoolean(raw: unknown): boolean {
  if (typeof raw === 'boolean') return raw
  if (typeof raw === 'number') return raw !== 0
  const value = typeof raw === 'string' ? BOOLEANS.get(raw) : undefined
  if (value === undefined) throw new Invalid(`expected true or false, got ${otherThan(raw)}`)
  return value
}

/** Texts, from a list or from one text with commas. Items are trimmed, empty ones left out. @throws {Invalid} */
export function parseList(raw: unknown): readonly string[] {
  const items = Array.isArray(raw) ? raw.map(parseString) : splitList(parseString(raw))
  return items.map(item => item.trim()).filter(item => item !== '')
}

/** A map; the maps of a list as one. @throws {Invalid} */
export function parseMap(raw: unknown): Readonly<Record<string, unknown>> {
  if (Array.isArray(raw)) return Object.assign({}, ...raw.map(parseMap))
  if (typeof raw === 'object' && raw !== null) return raw as Record<string, unknown>
  const hint =
    typeof raw === 'string'
      ? ': on a command line, write all fields as one JSON object, with - or @file in place of the pairs'
      : ''
  throw new Invalid(`expected a map, got ${kindOf(raw)}${hint}`)
}

/** Names and texts: a map, or texts such as `key=value`, one or a list. @throws {Invalid} */
export function parsePairs(raw: unknown): Readonly<Record<string, string>> {
  if (
    typeof raw === 'string' ||
    (Array.isArray(raw) && raw.every(each => typeof each === 'string'))
  )
    return Object.fromEntries([raw].flat().filter(Boolean).map(pairOf))
  return Object.fromEntries(
    Object.entries(parseMap(raw)).map(([key, value]) => [key, parseString(value)]),
  )
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new Invalid('expected texts such as "key=value"')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** As {@link kindOf}, where the kind is allowed but the value is not. */
function otherThan(raw: unknown): string {
  if (typeof raw === 'string') return 'another text'
  return typeof raw === 'number' ? 'another number' : kindOf(raw)
}

/** The kind of a value, for an error: not the value itself, which may be a secret in the wrong field. */
export function kindOf(raw: unknown): string {
  if (raw === null) return 'null'
  if (Array.isArray(raw)) return 'a list'
  if (typeof raw === 'object') return 'a map'
  if (typeof raw === 'string') return 'a text'
  return typeof raw === 'number' ? 'a number' : 'true or false'
}
