/** What a policy can grant on a path. Contract §5.1. */
export const CAPABILITIES = [
  'create',
  'delete',
  'deny',
  'list',
  'patch',
  'read',
  'sudo',
  'update',
] as const

export type Capability = (typeof CAPABILITIES)[number]

/** The rule of a policy for one path. */
export interface Stanza {
  /** As it is written, without a leading `/`: with `+`, a trailing `*`, and templates. */
  readonly path: string
  /** `deny` excludes all others. */
  readonly capabilities: ReadonlySet<Capability>
  /** The only parameters that may be sent; any, if empty. */
  readonly allowed: Constraints
  readonly denied: Constraints
  /** Parameters that must be sent. */
  readonly required: readonly string[]
  /** Seconds: minimum and maximum lifetime of the wrapping token; 0 for no limit. */
  readonly minWrap: number
  readonly maxWrap: number
}

/** Names of parameters, in lower case, with values; no values stand for any value. */
export type Constraints = ReadonlyMap<string, readonly unknown[]>

/** Merges all stanzas for a path; one that denies overrides all others. Contract §5.2.2. */
export function merged(path: string, stanzas: readonly Stanza[]): Stanza {
  const denying = stanzas.find(({ capabilities }) => capabilities.has('deny'))
  if (denying) return denying
  return {
    path,
    capabilities: new Set(stanzas.flatMap(({ capabilities }) => [...capabilities])),
    allowed: joined(stanzas.map(({ allowed }) => allowed)),
    denied: joined(stanzas.map(({ denied }) => denied)),
    required: [...new Set(stanzas.flatMap(({ required }) => required))],
    minWrap: stanzas.map(({ minWrap }) => minWrap).reduce(smaller, 0),
    maxWrap: stanzas.map(({ maxWrap }) => maxWrap).reduce(smaller, 0),
  }
}

function joined(all: readonly Constraints[]): Constraints {
  const both = new Map<string, unknown[]>()
  for (const [name, values] of all.flatMap(each => [...each])) {
    const before = both.get(name)
    if (!before) both.set(name, [...values])
    // no values stand for any value
    else if (before.length === 0 || values.length === 0) both.set(name, [])
    // copying each time would take quadratic time
    else for (const value of values) before.push(value)
  }
  return both
}

const smaller = (a: number, b: number) => (a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b))
