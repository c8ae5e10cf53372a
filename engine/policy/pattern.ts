/** The paths that a rule applies to. */
export interface Pattern {
  /** As it is written in the policy. */
  readonly text: string
  /** It has no wildcards. */
  readonly exact: boolean
  matches(path: string): boolean
  /** Whether a path that begins with `prefix`, which ends in `/`, can match. */
  reaches(prefix: string): boolean
}

/** Parses the path of a rule: a trailing `*` matches any rest, `+` any one segment, also the empty one after a trailing slash. Contract §5.1. */
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
 * Compares patterns with wildcards for `sort`: the one with the highest priority comes first. Of two patterns, the one with the lower
 * priority is that whose first wildcard is earlier; then that which ends in `*`; which has more `+`; which is shorter; which sorts lower.
 * Contract §5.2.4.
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
