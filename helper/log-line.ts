/** The fields of a line, in their order. */
export type Facts = Readonly<Record<string, string | number | undefined>>

/** Bytes of a line at the most. Syslog daemons take what is behind 1024 for another message, which any user could then forge. */
export const LONGEST_LINE = 900

/** Bytes of one value at the most, and the fewest it is cut to: clients choose the names of users. */
const [LONGEST_VALUE, SHORTEST_VALUE] = [256, 16]

const CUT = '\\u2026'

/**
 * `key=value` pairs in one line of printable ASCII, no longer than {@link LONGEST_LINE}. Values other than plain words are JSON strings,
 * so that no value can look like another pair. Long values are cut until the line fits.
 */
export function lineOf(facts: Facts): string {
  const given = Object.entries(facts).filter(([, value]) => value !== undefined)
  for (let most = LONGEST_VALUE; ; most /= 2) {
    const line = given.map(([key, value]) => `${key}=${printable(String(value), most)}`).join(' ')
    if (line.length <= LONGEST_LINE) return line
    if (most <= SHORTEST_VALUE) return line.slice(0, LONGEST_LINE)
  }
}

/** Cut to `most` bytes of output, since one character can take six. */
function printable(text: string, most: number): string {
  if (text.length <= most && /^[\w.:/@+-]+$/.test(text)) return text
  let shown = ''
  for (const letter of units(text)) {
    const written = escaped(letter)
    if (shown.length + written.length > most) return `"${shown}${CUT}"`
    shown += written
  }
  return `"${shown}"`
}

function* units(text: string): Iterable<string> {
  for (let at = 0; at < text.length; at++) yield text.charAt(at)
}

const escaped = (letter: string): string =>
  JSON.stringify(letter)
    .slice(1, -1)
    .replace(/[^\x20-\x7e]/g, each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
