import { isDeepStrictEqual } from 'node:util'
import type { Field, Fields } from '../../shared/field.ts'
import { splitList } from '../../shared/split-list.ts'
import type { Stanza } from './stanza.ts'

/** The parameters of a request, from its body or query but not from its path. */
export interface Sent {
  readonly data: Readonly<Record<string, unknown>>
  /** The fields of the endpoint, which define the meaning of values; absent if it accepts any data. */
  readonly fields?: Fields | undefined
}

interface Value {
  readonly raw: unknown
  readonly field: Field<unknown> | undefined
}

/**
 * Whether a rule allows the parameters of a request. Contract §5.2.7. A denied value is denied in every form that the endpoint would read
 * as the same value; an allowed value is allowed only as it is written in the policy.
 */
export function parametersAllowed(
  { required, denied, allowed }: Pick<Stanza, 'required' | 'denied' | 'allowed'>,
  { data, fields = {} }: Sent,
): boolean {
  const sent = Object.entries(data).map(([name, raw]) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    return { name: name.toLowerCase(), meant: newestName(fields, name), raw, field }
  })
  const names = new Set(sent.map(({ name }) => name))
  if (required.some(name => !names.has(name))) return false
  if (sent.length === 0) return true
  if (denied.has('*')) return false
  for (const [name, values] of denied) {
    const meant = newestName(fields, name)
    const named = sent.filter(value => value.meant === meant || value.name === name)
    if (named.some(value => isDenied(values, value))) return false
  }
  if (allowed.size === 0) return true
  return sent.every(value => {
    const values = allowed.get(value.name)
    return values ? isAllowed(values, value) : allowed.has('*')
  })
}

function isAllowed(values: readonly unknown[], { raw, field }: Value): boolean {
  if (values.length === 0 || values.some(value => isDeepStrictEqual(value, raw))) return true
  if (typeof raw !== 'string') return false
  const isFitting = (text: string) =>
    values.some(value => typeof value === 'string' && fits(value, text))
  // otherwise a glob that matches one name would also allow others after a comma
  return isFitting(raw) && (!field?.separated || splitList(raw).every(isFitting))
}

/** Characters of the longest value that is compared with denied values. A longer one is denied, since comparing it would take long. */
const MAX_COMPARED_LENGTH = 131_072

/** The name of a parameter in lower case; for an older name, the current one. */
const newestName = (fields: Fields, name: string) =>
  (Object.hasOwn(fields, name) ? fields[name]?.olderNameOf : undefined) ?? name.toLowerCase()

function isDenied(values: readonly unknown[], { raw, field }: Value): boolean {
  if (values.length === 0 || textOf(raw).length > MAX_COMPARED_LENGTH) return true
  const read = meaning(field, raw)
  const texts = new Set([...textsOf(raw), ...textsOf(read)].map(plain))
  const sent = canonical(read)
  return values.some(value => {
    if (hasAll(sent, canonical(meaning(field, value)))) return true
    const wanted = typeof value === 'string' ? plain(value) : textOf(value)
    return texts.has(wanted) || (isGlob(wanted) && [...texts].some(text => fits(wanted, text)))
  })
}

/** A value as the endpoint reads it. The endpoint will refuse one that it cannot read. */
function meaning(field: Field<unknown> | undefined, raw: unknown): unknown {
  try {
    return field ? field.read(raw) : raw
  } catch {
    return raw
  }
}

/** A canonical form, equal for values that differ only in case, white space or the order of a list. */
function canonical(value: unknown): unknown {
  if (typeof value === 'string') return splitList(value.toLowerCase()).toSorted()
  if (!Array.isArray(value)) return value
  return value.map(each => (typeof each === 'string' ? plain(each) : textOf(each))).toSorted()
}

/** Whether a value equals another, or is a list or map that contains it. */
function hasAll(value: unknown, wanted: unknown): boolean {
  if (isDeepStrictEqual(value, wanted)) return true
  if (Array.isArray(value) && Array.isArray(wanted)) {
    const items = new Set(value)
    return wanted.length > 0 && wanted.every(item => items.has(item))
  }
  if (!isMap(value) || !isMap(wanted)) return false
  const pairs = Object.entries(wanted)
  return (
    pairs.length > 0 &&
    pairs.every(([key, inner]) => Object.hasOwn(value, key) && isDeepStrictEqual(value[key], inner))
  )
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const plain = (text: string) => text.trim().toLowerCase()

/** All texts that a value can be read as or contains: items of lists, including comma-separated ones, and pairs of maps. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value, ...splitList(value)]
  if (Array.isArray(value)) return [textOf(value), ...value.flatMap(textsOf)]
  if (typeof value !== 'object' || value === null) return [textOf(value)]
  const pairs = Object.entries(value).flatMap(([key, inner]) => [
    key,
    ...textsOf(inner).map(text => `${key}=${text}`),
  ])
  return [textOf(value), ...pairs]
}

/** Not `String(value)`, which fails for an object whose `toString` is not a function. */
const textOf = (value: unknown) =>
  typeof value === 'object' ? JSON.stringify(value) : String(value)

const isGlob = (pattern: string) =>
  pattern.length > 1 && (pattern.startsWith('*') || pattern.endsWith('*'))

/** A `*` at either end is a wildcard; alone it is itself. */
function fits(pattern: string, value: string): boolean {
  if (pattern.length < 2) return value === pattern
  const [before, after] = [pattern.startsWith('*'), pattern.endsWith('*')]
  const text = pattern.slice(before ? 1 : 0, after ? -1 : undefined)
  if (before && after) return value.includes(text)
  if (before) return value.endsWith(text)
  return after ? value.startsWith(text) : value === text
}
