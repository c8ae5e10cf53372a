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

/** Two stanzas on the same path as one. Contract §5.2.2. */
export function merged(a: Stanza, b: Stanza): Stanza {
  if (a.capabilities.has('deny')) return a
  if (b.capabilities.has('deny')) return b
  return {
    path: a.path,
    capabilities: new Set([...a.capabilities, ...b.capabilities]),
    allowed: joined(a.allowed, b.allowed),
    denied: joined(a.denied, b.denied),
    required: [...new Set([...a.required, ...b.required])],
    minWrap: smaller(a.minWrap, b.minWrap),
    maxWrap: smaller(a.maxWrap, b.maxWrap),
  }
}

function joined(a: Constraints, b: Constraints): Constraints {
  const both = new Map(a)
  for (const [name, values] of b) {
    const before = both.get(name)
    // no values at all are any value
    const any = values.length === 0 || before?.length === 0
    both.set(name, any ? [] : [...(before ?? []), ...values])
  }
  return both
}

const smaller = (a: number, b: number) => (a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b))
