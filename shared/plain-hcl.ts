/** Separators of settings. */
const BLANKS = /[\s,]*/y
const KEY = /(?:([\w-]+)|"([\w-]+)")\s*[=:]\s*/y
/** A string with JSON's escapes, which HCL shares. */
const TEXT = '"(?:[^"\\\\\\x00-\\x1f]|\\\\(?:["\\\\/bfnrt]|u[\\dA-Fa-f]{4}))*"'
const VALUE = new RegExp(
  `(?:${TEXT}|true|false|0|[1-9]\\d{0,14}|\\[\\s*(?:${TEXT}(?:\\s*,\\s*${TEXT})*\\s*,?\\s*)?\\])(?![^\\s,])`,
  'y',
)

/**
 * Parses the settings of HCL and JSON that are not TOML: several on a line, separated by commas, all of them in braces, lists with a
 * trailing comma. Values are strings, lists of strings, numbers and booleans.
 * @param text without comments
 * @returns undefined for anything else, valid or not, also for a duplicate key
 */
export function plainHcl(text: string): Readonly<Record<string, unknown>> | undefined {
  const inner = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1] ?? text
  const values: Record<string, unknown> = {}
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(inner) ?? undefined
    if (found) at = pattern.lastIndex
    return found
  }
  for (take(BLANKS); at < inner.length; take(BLANKS)) {
    const key = take(KEY)
    const value = key && take(VALUE)?.[0]
    const name = key?.[1] ?? key?.[2]
    if (name === undefined || value === undefined || name in values) return undefined
    // JSON but for a trailing comma
    values[name] = JSON.parse(value.replace(/,\s*\]$/, ']'))
  }
  return values
}
