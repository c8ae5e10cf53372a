/** Characters that JSON allows, and that a terminal may take for a command or a line break. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029]/
const ALL = new RegExp(UNPRINTABLE, 'g')

const ESCAPES: ReadonlyMap<string, string> = new Map(
  [...range(0x7f, 0x9f), 0x2028, 0x2029].map(code => [
    String.fromCharCode(code),
    `\\u${code.toString(16).padStart(4, '0')}`,
  ]),
)

/** JSON that is safe on a terminal: every control character is escaped. */
export function printableJson(value: unknown, indent?: number): string {
  return printable(JSON.stringify(value, null, indent) ?? 'null')
}

/** The same for what is JSON already. */
export const printable = (json: string): string =>
  UNPRINTABLE.test(json) ? json.replace(ALL, char => ESCAPES.get(char) ?? char) : json

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
