/** A key of a TOML file, and its value as it is written there. */
export type TomlLine = readonly [key: string, value: string]

/** A value on one line, and the comment behind it. */
const ONE_LINE = /^("[^"]*"|'[^']*'|\[[^[\]#]*\]|[\w.+-]+)(\s*(?:#.*)?)$/

/**
 * The text of a TOML file without tables in which these keys have these values. All other lines stay as they are. A key that is not there
 * is put behind the comment that shows it, or at the end. The result must be parsed: odd forms of values are not recognized.
 */
export function editToml(text: string, settings: readonly TomlLine[]): string {
  return settings.reduce(withSetting, text)
}

/** The keys of a TOML file without tables, and their values as they are written there. */
export function tomlLines(text: string): readonly TomlLine[] {
  const lines = text.split('\n')
  return lines.flatMap((line, at): readonly TomlLine[] => {
    const [, key, value] = /^\s*["']?(\w+)["']?\s*=\s*(.*)$/.exec(line) ?? []
    if (key === undefined || value === undefined) return []
    const height = heightOf(lines.slice(at))
    const whole = [value, ...lines.slice(at + 1, at + height)].join('\n').trimEnd()
    return [[key, ONE_LINE.exec(whole)?.[1] ?? whole]]
  })
}

/** The text of a TOML file without a key, and the lines of its value. */
export function withoutKey(text: string, key: string): string {
  const lines = text.split('\n')
  const at = placeOf(key, lines)
  return at < 0 ? text : lines.toSpliced(at, heightOf(lines.slice(at))).join('\n')
}

const placeOf = (key: string, lines: readonly string[]): number =>
  lines.findIndex(line => new RegExp(`^\\s*["']?${key}["']?\\s*=`).test(line))

function withSetting(text: string, [key, value]: TomlLine): string {
  const lines = text.split('\n')
  const at = placeOf(key, lines)
  if (at >= 0) {
    const [, before = '', old = ''] = /^([^=]*=\s*)(.*?)\r?$/.exec(lines[at] ?? '') ?? []
    const comment = ONE_LINE.exec(old)?.[2] ?? ''
    return lines.toSpliced(at, heightOf(lines.slice(at)), `${before}${value}${comment}`).join('\n')
  }
  const shown = lines.findIndex(line => new RegExp(`^#\\s*${key}\\s*=`).test(line))
  if (shown >= 0) return lines.toSpliced(shown + 1, 0, `${key} = ${value}`).join('\n')
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${key} = ${value}\n`
}

/** Lines that the list which begins in the first one takes; 1 for other values. */
function heightOf(lines: readonly string[]): number {
  let open = 0
  for (const [at, line] of lines.entries()) {
    const bare = line.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '').replace(/#.*/, '')
    open += bare.split('[').length - bare.split(']').length
    if (open <= 0) return at + 1
  }
  return 1
}
