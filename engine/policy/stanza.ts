/** What a policy can let somebody do with a path. Contract §5.1. */
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

/** What a policy says of one path. */
export interface Stanza {
  /** As it was written, without a `/` in front: with `+`, a `*` at the end, and templates. */
  readonly path: string
  /** `deny` stands alone. */
  readonly capabilities: ReadonlySet<Capability>
  /** Only these may be sent; any, if there are none. */
  readonly allowed: Constraints
  readonly denied: Constraints
  /** Names that must be sent. */
  readonly required: readonly string[]
  /** Seconds that a wrapped reply must live, at least and at most; 0 where nothing is said. */
  readonly minWrap: number
  readonly maxWrap: number
}

/** Names of parameters, in lower case, and the values that are meant; any value, if there are none. */
export type Constraints = ReadonlyMap<string, readonly unknown[]>

/** All stanzas on a path as one; the first that denies is all there is. Contract §5.2.2. */
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
    // no values at all are any value
    else if (before.length === 0 || values.length === 0) both.set(name, [])
    // to copy what is there each time would take the square of that
    else for (const value of values) before.push(value)
  }
  return both
}

const smaller = (a: number, b: number) => (a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b))
