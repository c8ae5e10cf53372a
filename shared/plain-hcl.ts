/** What may stand before a setting or behind its value. */
const BLANKS = /[\s,]*/y
const KEY = /(?:([\w-]+)|"([\w-]+)")\s*[=:]\s*/y
/** Texts with JSON's escapes, which HCL shares. */
const TEXT = '"(?:[^"\\\\\\x00-\\x1f]|\\\\(?:["\\\\/bfnrt]|u[\\dA-Fa-f]{4}))*"'
const VALUE = new RegExp(
  `(?:${TEXT}|true|false|0|[1-9]\\d{0,14}|\\[\\s*(?:${TEXT}(?:\\s*,\\s*${TEXT})*\\s*,?\\s*)?\\])(?![^\\s,])`,
  'y',
)

/**
 * Reads settings as HCL and JSON have them and TOML has not: several on a line, with commas between them, all of them in braces, lists with a comma at
 * their end. Values are texts, lists of texts, numbers and true or false.
 * @param text without comments
 * @returns undefined for everything else, be it right or wrong, also for a key that occurs twice
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
    // a comma at the end of a list is all that is not JSON
    values[name] = JSON.parse(value.replace(/,\s*\]$/, ']'))
  }
  return values
}
