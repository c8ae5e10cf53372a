import { parse } from 'toml'
import { withoutByteOrderMark } from './byte-order-mark.ts'
import type { Field } from './field.ts'
import { Invalid } from './invalid.ts'
import { jsonMistake } from './json-mistake.ts'
import { nearest } from './nearest.ts'
import { plainHcl } from './plain-hcl.ts'
import { plainToml } from './plain-toml.ts'
import { readFields } from './read-fields.ts'
import { withTomlComments } from './toml-comments.ts'
import { readTrusted } from './trusted-file.ts'

/** The keys of a configuration file: fields, tables, and arrays of tables. */
export interface Declared {
  readonly [key: string]: Field<unknown> | Declared | Tables
}

/** An array of tables, `[[name]]`, which all have the same keys. */
type Tables = readonly [Declared]

export type Settings<D extends Declared> = {
  readonly [K in keyof D]: D[K] extends Field<infer T>
    ? T
    : D[K] extends readonly [infer T extends Declared]
      ? readonly Settings<T>[]
      : D[K] extends Declared
        ? Settings<D[K]>
        : never
}

/**
 * Reads a configuration file that only root and the user of this process can change: {@link readTrusted}.
 * @throws {Invalid} that begins with the file's name, and names the line and the key where it can
 */
export function readSettings<D extends Declared>(file: string, declared: D): Settings<D> {
  const text = readTrusted(file, { links: true })
  try {
    return parseSettings(text, declared)
  } catch (error) {
    throw error instanceof Invalid
      ? new Invalid(`${file}: ${error.message}`, { cause: error })
      : error
  }
}

/**
 * Parses settings in TOML, or in the HCL or JSON of vault-ssh-helper's files, which have no tables. An absent table is empty.
 * @throws {Invalid} also for a key that is not declared
 */
export function parseSettings<D extends Declared>(text: string, declared: D): Settings<D> {
  const bare = withTomlComments(withoutByteOrderMark(text))
  const raw = plainToml(bare) ?? plainHcl(bare.replace(COMMENT, keepTexts)) ?? parseToml(bare)
  return readTable(raw, declared, { text, at: [], first: Object.keys(declared) }) as Settings<D>
}

/** Whether a text is TOML: not the HCL or JSON that {@link parseSettings} also reads. */
export function isToml(text: string): boolean {
  try {
    parse(withoutByteOrderMark(text))
    return true
  } catch {
    return false
  }
}

/** The whole text, and the path of the table that is being read. */
interface Source {
  readonly text: string
  readonly at: readonly string[]
  /** The keys that stand before the first table. */
  readonly first: readonly string[]
}

type Table = Readonly<Record<string, unknown>>

/** A comment in TOML and HCL, or a string, which may contain what looks like one. */
const COMMENT = /"(?:[^"\\\n]|\\.)*"|#[^\n]*/g

const keepTexts = (piece: string) => (piece.startsWith('#') ? '' : piece)

/** The tables of a TOML file. @throws {Invalid} with the line, if it is none */
export function parseToml(text: string): Table {
  try {
    return parse(text) as Table
  } catch (error) {
    const { message, line, location, found } = error as Error & Mistake
    const at = `line ${line ?? location?.start.line}: `
    // without what the parser expected, which is a list of nearly all characters
    if (!location) throw new Invalid(at + message, { cause: error })
    const what = found ? `unexpected ${JSON.stringify(found)}` : 'the file ends too early'
    throw new Invalid(mistakeOfJson(text) ?? `${at}not TOML: ${what}${hintOfHcl(text)}`, {
      cause: error,
    })
  }
}

/** What is wrong with a text that was meant to be JSON. */
function mistakeOfJson(text: string): string | undefined {
  if (!/^\s*\{/.test(text) || isJson(text)) return undefined
  const { line, column, cutShort } = jsonMistake(text)
  return `line ${line}, column ${column}: not JSON: ${cutShort ? 'it ends too early' : 'this is unexpected'}`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Whoever comes from Vault has a configuration in HCL. */
const hintOfHcl = (text: string) =>
  /^[ \t]*\w+(?:[ \t]+"\w+")*[ \t]*\{/m.test(text)
    ? '. It may be HCL, as Vault has it: a table of TOML begins with its name in brackets, as in [listener]'
    : ''

/** The two kinds of error of the package: semantic ones, such as a duplicate key, and syntax errors. */
interface Mistake {
  readonly line?: number
  readonly location?: { readonly start: { readonly line: number } }
  readonly found?: string | null
}

function readTable(raw: Table, declared: Declared, source: Source): Table {
  const fields: Record<string, Field<unknown>> = {}
  const tables: Record<string, Table | readonly Table[]> = {}
  for (const [key, each] of Object.entries(declared)) {
    if (isField(each)) fields[key] = each
    else if (isTables(each))
      tables[key] = listOf(raw, key, source).map(table =>
        readTable(table, each[0], within(source, key)),
      )
    else tables[key] = readTable(tableOf(raw, key, source), each, within(source, key))
  }
  const stray = Object.keys(raw).find(key => !Object.hasOwn(declared, key))
  if (stray !== undefined) throw unknown(stray, Object.keys(declared), source)
  const { values } = readFields(fields, raw, (key, { message }) => wrong(source, key, message))
  return { ...values, ...tables }
}

const isField = (each: Declared[string]): each is Field<unknown> =>
  'read' in each && typeof each.read === 'function'

const isTables = (each: Exclude<Declared[string], Field<unknown>>): each is Tables =>
  Array.isArray(each)

function listOf(raw: Table, key: string, source: Source): readonly Table[] {
  const value = Object.hasOwn(raw, key) ? raw[key] : []
  const isList = Array.isArray(value) && value.every(each => typeof each === 'object' && each)
  if (!isList) throw wrong(source, key, `expected tables, each under a line [[${key}]]`)
  return value as readonly Table[]
}

function tableOf(raw: Table, key: string, source: Source): Table {
  const value = Object.hasOwn(raw, key) ? raw[key] : {}
  const isTable = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isTable || value instanceof Date) throw wrong(source, key, 'expected a table')
  return value as Table
}

const within = (source: Source, key: string): Source => ({ ...source, at: [...source.at, key] })

function unknown(key: string, known: readonly string[], source: Source): Invalid {
  const text = `${place(source, key)}unknown key "${nameOf(source, key)}"`
  return new Invalid(`${text}, ${hintFor(key, known, source)}`)
}

function hintFor(key: string, known: readonly string[], { at, first }: Source): string {
  const guess = nearest(key, known)
  if (guess !== undefined) return `did you mean "${guess}"?`
  // what is appended to a file of TOML belongs to its last table
  if (at.length > 0 && first.includes(key)) return `put "${key}" before the first table`
  return `known are ${known.join(', ')}`
}

const wrong = (source: Source, key: string, message: string) =>
  new Invalid(`${place(source, key)}"${nameOf(source, key)}": ${message}`)

const nameOf = ({ at }: Pick<Source, 'at'>, key: string) => [...at, key].join('.')

/** `line 3: ` of the line that sets the key or opens the table; empty if none is found. */
function place({ text, at }: Pick<Source, 'text' | 'at'>, key: string): string {
  let table = ''
  for (const [index, line] of text.split('\n').entries()) {
    const [, header] = /^\s*\[+\s*([^\]]*?)\s*\]/.exec(line) ?? []
    const [, name] = /^\s*["']?([\w-]+)["']?\s*[=.:]/.exec(line) ?? []
    table = header ?? table
    const found =
      header === undefined ? table === at.join('.') && name === key : header === nameOf({ at }, key)
    if (found) return `line ${index + 1}: `
  }
  return ''
}
