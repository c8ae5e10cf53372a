/**
 * A text from elsewhere, made safe for a terminal: control, direction and invisible characters are escaped, as `\x1b`. Line breaks and
 * tabs stay.
 */
export const visible = (text: string): string => text.replace(unseen(), spelled)

// control and format characters, line separators and lone surrogates; a carriage return before a line feed stays. A function, since V8
// takes 0.4 ms to read such a pattern, and a login needs none
const unseen = () => /(?!\r\n)[^\P{C}\n\t\p{Co}\p{Cn}]|[\u2028\u2029]/gu

function spelled(char: string): string {
  const code = char.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`
}

/** JSON with the same characters escaped. */
export const escaped = (json: string): string =>
  json.replace(unseen(), char =>
    char
      .split('')
      .map(unit => unicode('u', 4, unit))
      .join(''),
  )

/** As {@link escaped}, for double-quoted YAML, which has no surrogates. */
export const escapedYaml = (yaml: string): string =>
  yaml.replace(unseen(), char => (char.length > 1 ? unicode('U', 8, char) : unicode('u', 4, char)))

const unicode = (letter: string, digits: number, char: string) =>
  `\\${letter}${(char.codePointAt(0) ?? 0).toString(16).padStart(digits, '0')}`
