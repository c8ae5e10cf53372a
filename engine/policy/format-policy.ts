import { type HclToken, hclTokens } from './hcl-tokens.ts'
import { parsePolicy } from './parse-policy.ts'

const INDENT = '  '

/** Formats a policy: two spaces for each level, one around `=`. The meaning does not change. @throws {Invalid} if it cannot be parsed */
export function formatPolicy(source: string): string {
  parsePolicy(source)
  if (/^\s*\{/.test(source)) return `${JSON.stringify(JSON.parse(source), null, 2)}\n`
  const tokens = Map.groupBy(hclTokens(source, 'hcl'), ({ line }) => line)
  const fixed = linesOfTexts([...tokens.values()].flat())
  let depth = 0
  const lines = source.split(/\r?\n/).map((line, index) => {
    if (fixed.has(index + 1)) return line
    const here = tokens.get(index + 1) ?? []
    const indent = INDENT.repeat(Math.max(0, depth - closedFirst(here)))
    depth += here.reduce((sum, token) => sum + opens(token), 0)
    const text = spaced(line.trim(), here)
    return text === '' ? '' : indent + text
  })
  return `${lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()}\n`
}

/** The lines of multi-line texts except the first, which must not be changed. */
const linesOfTexts = (tokens: readonly HclToken[]) =>
  new Set(
    tokens.flatMap(({ line, lastLine }) =>
      Array.from({ length: lastLine - line }, (_, index) => line + 1 + index),
    ),
  )

function opens({ kind, value }: HclToken): number {
  if (kind !== 'mark') return 0
  return '{['.includes(value) ? 1 : '}]'.includes(value) ? -1 : 0
}

/** How many levels a line closes at its beginning. */
function closedFirst(tokens: readonly HclToken[]): number {
  const other = tokens.findIndex(token => opens(token) !== -1)
  return other === -1 ? tokens.length : other
}

const KEY = /^("[^"\\]*"|[\w.-]+)\s*=\s*/

const spaced = (line: string, [, second]: readonly HclToken[]) =>
  second?.kind === 'mark' && second.value === '=' ? line.replace(KEY, '$1 = ') : line
