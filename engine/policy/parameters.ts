import { isDeepStrictEqual } from 'node:util'
import type { Stanza } from './stanza.ts'

type Data = Readonly<Record<string, unknown>>

/** Whether a rule lets a request send what it sends: its body or query, not what stands in its path. Contract §5.2.7. */
export function parametersAllowed(
  { required, denied, allowed }: Pick<Stanza, 'required' | 'denied' | 'allowed'>,
  data: Data,
): boolean {
  const sent = Object.entries(data).map(([name, value]) => [name.toLowerCase(), value] as const)
  const names = new Set(sent.map(([name]) => name))
  if (required.some(name => !names.has(name))) return false
  if (sent.length === 0) return true
  if (denied.has('*')) return false
  if (sent.some(([name, value]) => isListed(denied.get(name), forms(value)))) return false
  if (allowed.size === 0) return true
  return sent.every(([name, value]) =>
    allowed.has(name) ? isListed(allowed.get(name), [value]) : allowed.has('*'),
  )
}

const isListed = (values: readonly unknown[] | undefined, candidates: readonly unknown[]) =>
  values !== undefined &&
  (values.length === 0 || values.some(value => candidates.some(each => isMeant(value, each))))

/** What a denied value may not hide behind: a number is read as its text where a text is wanted, and one item of a list is in it. */
function forms(value: unknown): readonly unknown[] {
  const items = Array.isArray(value) ? value : []
  return [value, ...items, ...[value, ...items].map(textOf)]
}

/** Not `String(value)`, for which an object that was sent may name a function that is none. */
const textOf = (value: unknown) =>
  typeof value === 'object' ? JSON.stringify(value) : String(value)

function isMeant(pattern: unknown, value: unknown): boolean {
  if (typeof pattern === 'string' && typeof value === 'string') return fits(pattern, value)
  return isDeepStrictEqual(pattern, value)
}

/** A `*` at either end is any text; alone it is itself. */
function fits(pattern: string, value: string): boolean {
  if (pattern.length < 2) return value === pattern
  const [before, after] = [pattern.startsWith('*'), pattern.endsWith('*')]
  const text = pattern.slice(before ? 1 : 0, after ? -1 : undefined)
  if (before && after) return value.includes(text)
  if (before) return value.endsWith(text)
  return after ? value.startsWith(text) : value === text
}
