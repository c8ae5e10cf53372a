/** `key = value` and a comment, each of which may be absent; printable ASCII without escapes, so that nothing is left to read. */
const LINE = /^[ \t]*(?:([\w-]+)[ \t]*=[ \t]*(\S.*?)[ \t]*)?(?:#[\x20-\x7e]*)?$/

const TEXT = '"[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]*"'
const VALUE = new RegExp(
  `^(?:${TEXT}|true|false|0|[1-9]\\d{0,14}|\\[ *(?:${TEXT}(?: *, *${TEXT})*)? *\\])$`,
)

/**
 * Reads TOML of the simplest kind, which most configuration files are: lines that give a key a text, a list of texts, a number or
 * true or false. The real parser takes 2 ms, of 40 that a login takes in all.
 * @returns undefined for everything else, be it right or wrong
 */
export function plainToml(text: string): Readonly<Record<string, unknown>> | undefined {
  const values: Record<string, unknown> = {}
  for (const line of text.split(/\r?\n/)) {
    const [all, key, value] = LINE.exec(line) ?? []
    if (all === undefined) return undefined
    if (key === undefined) continue
    if (value === undefined || !VALUE.test(value) || key in values) return undefined
    // what is left of TOML here is JSON
    values[key] = JSON.parse(value)
  }
  return values
}
