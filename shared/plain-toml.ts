/** `key = value` and a comment, both optional; printable ASCII without escapes. */
const LINE = /^[ \t]*(?:([\w-]+)[ \t]*=[ \t]*(\S.*?)[ \t]*)?(?:#[\x20-\x7e]*)?$/

const TEXT = '"[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]*"'
const VALUE = new RegExp(
  `^(?:${TEXT}|true|false|0|[1-9]\\d{0,14}|\\[ *(?:${TEXT}(?: *, *${TEXT})*)? *\\])$`,
)

/**
 * Parses the simplest TOML, which most configuration files are: lines with a key and a string, a list of strings, a number or a boolean.
 * The real parser takes 2 ms of the 40 ms of a login.
 * @returns undefined for anything else, valid or not
 */
export function plainToml(text: string): Readonly<Record<string, unknown>> | undefined {
  const values: Record<string, unknown> = {}
  for (const line of text.split(/\r?\n/)) {
    const [all, key, value] = LINE.exec(line) ?? []
    if (all === undefined) return undefined
    if (key === undefined) continue
    if (value === undefined || !VALUE.test(value) || key in values) return undefined
    // this subset of TOML is JSON
    values[key] = JSON.parse(value)
  }
  return values
}
