import { dirname } from 'node:path'
import type { HostView } from './host-view.ts'

/** A line of sshd's configuration. */
export interface SshdLine {
  readonly file: string
  /** From 1. */
  readonly number: number
  /** In lower case. */
  readonly keyword: string
  readonly value: string
  /** The criteria of the Match block that it is in; undefined outside of all. */
  readonly match: string | undefined
}

export const SSHD_CONFIG = '/etc/ssh/sshd_config'

/** sshd's limit. */
const DEEPEST = 16

/** All lines in the order in which sshd reads them: outside of Match blocks, the first of a keyword counts. */
export const sshdLines = (host: HostView): readonly SshdLine[] =>
  linesIn(SSHD_CONFIG, { host, match: undefined, depth: 0 })

interface Place {
  readonly host: HostView
  readonly match: string | undefined
  readonly depth: number
}

function linesIn(file: string, { host, match: outer, depth }: Place): SshdLine[] {
  // a Match block ends with its file
  let match = outer
  return (host.text(file) ?? '').split('\n').flatMap((raw, index) => {
    const [, keyword = '', rest = ''] = /^\s*([\w]+)(?:\s+|\s*=\s*)(.*?)\s*$/.exec(raw) ?? []
    if (keyword === '') return []
    const line = { file, number: index + 1, keyword: keyword.toLowerCase(), value: rest, match }
    if (line.keyword === 'match') match = /^all$/i.test(rest) ? undefined : rest
    if (line.keyword !== 'include' || depth >= DEEPEST) return [line]
    const files = rest.split(/\s+/).flatMap(pattern => filesOf(pattern, host))
    return [line, ...files.flatMap(each => linesIn(each, { host, match, depth: depth + 1 }))]
  })
}

/** The files that a pattern of Include names, in the order of their names. */
function filesOf(pattern: string, host: HostView): readonly string[] {
  const bare = pattern.replace(/^"(.*)"$/, '$1')
  const path = bare.startsWith('/') ? bare : `${dirname(SSHD_CONFIG)}/${bare}`
  const folder = dirname(path)
  const name = path.slice(folder.length + 1)
  if (!/[*?]/.test(name)) return [path]
  const shape = name
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return host
    .list(folder)
    .filter(each => new RegExp(`^${shape}$`).test(each) && !each.startsWith('.'))
    .map(each => `${folder}/${each}`)
}

/** Keywords that mean the same setting. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  kbdinteractiveauthentication: [
    'kbdinteractiveauthentication',
    'challengeresponseauthentication',
    'skeyauthentication',
  ],
}

/** The line that decides about a setting outside of Match blocks; undefined if none does. */
export function decidingLine(lines: readonly SshdLine[], keyword: string): SshdLine | undefined {
  const names = ALIASES[keyword] ?? [keyword]
  return lines.find(line => line.match === undefined && names.includes(line.keyword))
}

export const placeOf = ({ file, number }: SshdLine): string => `${file} line ${number}`
