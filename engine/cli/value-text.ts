import { formatDuration } from '../../shared/duration.ts'
import { isList, type Json } from './envelope.ts'

/** A value as in Vault's tables, in Go's format: `[a b]`, `map[a:1 b:2]`, `<nil>`. */
export function valueText(value: Json): string {
  if (value === null) return '<nil>'
  if (typeof value !== 'object') return String(value)
  if (isList(value)) return `[${value.map(valueText).join(' ')}]`
  const entries = Object.keys(value)
    .sort()
    .map(key => `${key}:${valueText(value[key] ?? null)}`)
  return `map[${entries.join(' ')}]`
}

/** Like {@link valueText}, but seconds in fields such as `ttl` are printed as `768h`. */
export function fieldText(name: string, value: Json): string {
  const isSeconds = typeof value === 'number' && Number.isInteger(value) && value >= 0
  return isSeconds && DURATIONS.test(name) ? formatDuration(value) : valueText(value)
}

/** A list of texts in Go's quoted format: `["a" "b"]`. */
export const quotedList = (texts: readonly string[] | null | undefined): string =>
  `[${(texts ?? []).map(text => JSON.stringify(text)).join(' ')}]`

const DURATIONS = /^(?:(?:.*_)?(?:period|ttl|duration)|lease_max|ttl_max)$/
