import { escaped } from '../../shared/visible.ts'
import type { CliIo } from './cli-io.ts'
import { type Envelope, envelopeOf, isList, type Json, type JsonObject } from './envelope.ts'
import { Failure } from './failure.ts'
import { secretField } from './secret-field.ts'
import { secretRows } from './secret-rows.ts'
import { columns, fittedTable, table } from './table.ts'
import { fieldText, valueText } from './value-text.ts'

export const FORMATS = ['table', 'json', 'yaml', 'yml', 'raw'] as const

interface Style {
  readonly format: (typeof FORMATS)[number]
  /** The only field to print. */
  readonly field?: string | undefined
}

/** Prints results in the format of -format to stdout, and messages to stderr. */
export class Printer {
  readonly #io: Pick<CliIo, 'stdout' | 'stderr'>
  readonly #style: Style

  constructor(io: Pick<CliIo, 'stdout' | 'stderr'>, style: Style) {
    this.#io = io
    this.#style = style
  }

  get format(): Style['format'] {
    return this.#style.format
  }

  /** Whether only one field is printed. */
  get picks(): boolean {
    return this.#style.field !== undefined
  }

  /** A line of the result. */
  line(text: string): void {
    this.#io.stdout.write(`${text}\n`)
  }

  /** A message for the user, apart from the result. */
  note(text: string): void {
    this.#io.stderr.write(`${text}\n`)
  }

  /** A message of success, which only the format for users has. */
  success(text: string): void {
    if (this.format === 'table') this.line(text)
  }

  /** A response, or its field with -field. */
  async secret(envelope: Envelope): Promise<void> {
    this.warnings(envelope)
    if (this.#style.field) return this.#field(secretField(envelope, this.#style.field), 'secret')
    const rows = secretRows(envelope)
    if (rows.length > 0 || this.format !== 'table')
      await this.rows(withoutAbsent(envelope), ['Key', 'Value'], rows)
  }

  /** The rows of a table, or the data in a format for programs. */
  async rows(data: Json, headers: readonly string[], rows: readonly (readonly string[])[]) {
    if (this.format === 'table') this.line(this.#fitted(headers, rows))
    else this.line(await textOf(data, this.format))
  }

  /** Like {@link rows}, for a map; or its field with -field. */
  async map(data: JsonObject, kind: string, rows: readonly (readonly string[])[]): Promise<void> {
    const { field } = this.#style
    if (field) return this.#field(Object.hasOwn(data, field) ? data[field] : undefined, kind)
    await this.rows(data, ['Key', 'Value'], rows)
  }

  /**
   * Things of one kind, in a table with a column for each of `columns`, header to name, that fits the terminal; or with -field, one value
   * of each in a line.
   */
  async records(
    records: readonly JsonObject[],
    columns: Readonly<Record<string, string>>,
    kind: string,
  ): Promise<void> {
    const { field } = this.#style
    if (field) return this.#fieldOfAll(records, field, kind)
    if (this.format !== 'table') return this.line(await textOf(records, this.format))
    if (records.length === 0) return this.note(`There is no ${kind}.`)
    const rows = records.map(record => Object.values(columns).map(name => cellOf(name, record)))
    this.line(this.#fitted(Object.keys(columns), rows))
  }

  /** Pairs of key and value stay a table, in which a value is easier to find. */
  #fitted(headers: readonly string[], rows: readonly (readonly string[])[]): string {
    const { columns: width } = this.#io.stdout
    if (width === undefined || headers.length < 3) return table(headers, rows)
    return fittedTable(headers, rows, width)
  }

  async #fieldOfAll(records: readonly JsonObject[], field: string, kind: string): Promise<void> {
    const values = records.flatMap(record => (Object.hasOwn(record, field) ? [record[field]] : []))
    if (values.length === 0 && records.length > 0)
      throw new Failure(`Field ${JSON.stringify(field)} not present in any ${kind}`)
    if (this.format !== 'table') return this.line(await textOf(values as Json, this.format))
    for (const value of values) this.line(valueText(value ?? null))
  }

  /** Rows without an underlined header, as in early versions of Vault. */
  plainRows(rows: readonly (readonly string[])[]): void {
    this.line(columns(rows, '  '))
  }

  /** One value, with a newline only for a terminal. */
  async #field(value: Json | undefined, kind: string): Promise<void> {
    if (value === undefined || value === null)
      throw new Failure(`Field ${JSON.stringify(this.#style.field)} not present in ${kind}`)
    const text =
      this.format === 'table' || this.format === 'raw'
        ? valueText(value)
        : await textOf(value, this.format)
    this.#io.stdout.write(this.#io.stdout.isTTY ? `${text}\n` : text)
  }

  /** The warnings of a reply, if it has any. */
  warnings(envelope: Envelope | undefined): void {
    const warnings = envelope?.warnings
    if (this.format !== 'table' || !warnings?.length) return
    this.note('WARNING! The following warnings were returned from the server:\n')
    for (const warning of warnings) this.note(`  * ${warning}\n`)
  }
}

/** A value of a table, in which a list is easier to read without brackets. */
export function cellOf(name: string, record: JsonObject): string {
  const value = record[name] ?? null
  if (value === null) return ''
  return isList(value) ? value.map(valueText).join(', ') : fieldText(name, value)
}

async function textOf(value: Json, format: Style['format']): Promise<string> {
  if (format === 'json') return escaped(JSON.stringify(sorted(value), null, 2))
  if (format === 'raw')
    throw new Failure('This command does not support the -format=raw option; only "read" does.')
  // loaded on demand: most commands print no YAML
  return (await import('./yaml.ts')).yaml(value)
}

const ORDER = Object.keys(envelopeOf({}))

/** Sorts maps by key, and envelopes in the order of Vault's clients. */
function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (isList(value)) return value.map(sorted)
  const entries = Object.entries(value).map(([key, each]) => [key, sorted(each)] as const)
  const isEnvelope = 'request_id' in value && 'lease_id' in value
  const rank = (key: string) => ORDER.indexOf(key)
  entries.sort(([a], [b]) => (isEnvelope ? rank(a) - rank(b) : a < b ? -1 : 1))
  return Object.fromEntries(entries)
}

function withoutAbsent({ auth, wrap_info, ...rest }: Envelope): Json {
  const parts = { ...rest, ...(auth && { auth }), ...(wrap_info && { wrap_info }) }
  return parts as unknown as Json
}
