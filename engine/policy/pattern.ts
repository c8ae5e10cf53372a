/** The paths that a rule is about. */
export interface Pattern {
  /** As it was written. */
  readonly text: string
  /** It is one path, and no other. */
  readonly exact: boolean
  matches(path: string): boolean
  /** Whether a path that begins with `prefix`, which ends in `/`, can match. */
  reaches(prefix: string): boolean
}

/** Reads the path of a rule: `*` at the end is any rest, `+` is any one segment; that of a folder, behind its slash, is empty. Contract §5.1. */
export function parsePattern(text: string): Pattern {
  const glob = text.endsWith('*')
  const segments = (glob ? text.slice(0, -1) : text).split('/')
  const exact = !glob && !segments.includes('+')
  const fits = (pattern: string, at: number, segment: string) => {
    if (pattern === '+') return true
    return glob && at === segments.length - 1 ? segment.startsWith(pattern) : segment === pattern
  }
  return {
    text,
    exact,
    matches(path) {
      const parts = path.split('/')
      const long = glob ? parts.length >= segments.length : parts.length === segments.length
      return long && segments.every((pattern, at) => fits(pattern, at, parts[at] ?? ''))
    },
    reaches(prefix) {
      const parts = prefix.split('/').slice(0, -1)
      const shared = segments.slice(0, parts.length)
      return (
        (glob || segments.length >= parts.length) &&
        shared.every((pattern, at) => fits(pattern, at, parts[at] ?? ''))
      )
    },
  }
}

/**
 * Orders patterns that are not exact, for `sort`: the one that decides, of those that match a path, comes first.
 * Of two, that one loses whose first wildcard is earlier; which ends in `*`; which has more `+`; which is shorter; which sorts
 * lower. Contract §5.2.4.
 */
export function byPriority({ text: a }: Pattern, { text: b }: Pattern): number {
  return (
    firstWildcard(b) - firstWildcard(a) ||
    Number(a.endsWith('*')) - Number(b.endsWith('*')) ||
    wildcards(a) - wildcards(b) ||
    b.length - a.length ||
    (a < b ? 1 : -1)
  )
}

const wildcards = (text: string) => text.split('/').filter(segment => segment === '+').length

function firstWildcard(text: string): number {
  const plus = wildcards(text) > 0 ? text.indexOf('+') : -1
  return plus === -1 ? text.length - 1 : plus
}
