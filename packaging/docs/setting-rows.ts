import type { Field } from '../../shared/field.ts'
import type { Declared } from '../../shared/settings.ts'

/** One key of a configuration file. */
export interface SettingRow {
  readonly key: string
  readonly type: string
  /** In the syntax of the file; empty if the key has none. */
  readonly default: string
  readonly description: string
}

export interface SettingTable {
  /** The line that opens it, `[seal]` or `[[audit]]`; empty for the keys before the first table. */
  readonly header: string
  readonly rows: readonly SettingRow[]
}

/** The keys of a configuration file by table, in the order of their declarations. */
export function settingTables(declared: Declared, header = ''): readonly SettingTable[] {
  const rows: SettingRow[] = []
  const tables: SettingTable[] = []
  for (const [key, each] of Object.entries(declared)) {
    if (isField(each)) rows.push(rowOf(key, each))
    else if (Array.isArray(each)) tables.push(...settingTables(each[0] as Declared, `[[${key}]]`))
    else tables.push(...settingTables(each as Declared, `[${key}]`))
  }
  return [{ header, rows }, ...tables]
}

const isField = (each: Declared[string]): each is Field<unknown> =>
  'read' in each && typeof each.read === 'function'

function rowOf(key: string, { type, schema, default: usual, description }: Field<unknown>) {
  const { enum: choices } = schema as { readonly enum?: readonly string[] }
  return {
    key,
    type: choices ? choices.map(each => `"${each}"`).join(', ') : (TYPES[type] ?? type),
    default: defaultOf(type, usual),
    description,
  }
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'number',
  bool: 'true or false',
  'duration (sec)': 'duration',
  slice: 'list',
}

function defaultOf(type: string, usual: unknown): string {
  if (usual === undefined || usual === '' || (Array.isArray(usual) && usual.length === 0)) return ''
  return type === 'duration (sec)' ? `"${span(Number(usual))}"` : JSON.stringify(usual)
}

/** Seconds in the syntax of configuration files. */
function span(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`
}
