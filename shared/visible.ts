/**
 * A text from elsewhere as a terminal may have it: what would move the cursor, set the title, or turn or hide what stands beside it
 * is spelled out, as `\x1b`. Ends of lines and tabs stay.
 */
export const visible = (text: string): string => text.replace(UNSEEN, spelled)

// controls, formats (directions, widths of nothing), separators of lines and halves of characters; a carriage return may end a line
const UNSEEN = /(?!\r\n)[^\P{C}\n\t\p{Co}\p{Cn}]|[\u2028\u2029]/gu

function spelled(char: string): string {
  const code = char.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`
}

/** JSON with the same characters escaped. */
export const escaped = (json: string): string =>
  json.replace(UNSEEN, char =>
    char
      .split('')
      .map(unit => unicode('u', 4, unit))
      .join(''),
  )

/** As {@link escaped}, for what stands between double quotes in YAML, which has no halves of characters. */
export const escapedYaml = (yaml: string): string =>
  yaml.replace(UNSEEN, char => (char.length > 1 ? unicode('U', 8, char) : unicode('u', 4, char)))

const unicode = (letter: string, digits: number, char: string) =>
  `\\${letter}${(char.codePointAt(0) ?? 0).toString(16).padStart(digits, '0')}`
