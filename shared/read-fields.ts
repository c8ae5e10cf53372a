import type { Fields, Values } from './field.ts'
import { Invalid } from './invalid.ts'

/**
 * Parses every declared field of `raw`, and returns the names of undeclared ones, sorted.
 * @throws {Invalid} through `wrap`, which adds the field's name
 */
export function readFields<F extends Fields>(
  fields: F,
  raw: Readonly<Record<string, unknown>>,
  wrap: (name: string, error: Invalid) => Error,
): { readonly values: Values<F>; readonly unknown: readonly string[] } {
  const absent = defaultsOf(fields)
  const values: Record<string, unknown> = { ...absent }
  for (const key of Object.keys(absent)) {
    if (!Object.hasOwn(raw, key)) continue
    try {
      values[key] = fields[key]?.read(raw[key])
    } catch (error) {
      throw error instanceof Invalid ? wrap(key, error) : error
    }
  }
  const unknown = Object.keys(raw).filter(key => !Object.hasOwn(fields, key))
  return { values: values as Values<F>, unknown: unknown.sort() }
}

/** By the declaration: what each of its fields is if it is absent. */
const DEFAULTS = new WeakMap<Fields, Readonly<Record<string, unknown>>>()

function defaultsOf(fields: Fields): Readonly<Record<string, unknown>> {
  const known = DEFAULTS.get(fields)
  if (known) return known
  const made = Object.fromEntries(Object.entries(fields).map(([key, each]) => [key, each.default]))
  DEFAULTS.set(fields, made)
  return made
}
