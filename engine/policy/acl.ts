import type { Operation } from '../api/request.ts'
import { parametersAllowed, type Sent } from './parameters.ts'
import { byPriority, type Pattern, parsePattern } from './pattern.ts'
import { type Capability, merged, type Stanza } from './stanza.ts'

/** What is asked, as far as policies speak of it. Writing what is not there yet is a `create`. */
export interface Asked {
  readonly operation: Operation | 'create'
  readonly path: string
  readonly data: Sent['data']
  /** What the endpoint makes of `data`. */
  readonly fields?: Sent['fields']
  /** Seconds for which the reply shall be wrapped. */
  readonly wrapTtl?: number | undefined
}

/** What the policies of a caller say. */
export interface Permission {
  readonly allowed: boolean
  /** They let the caller do what only administrators may. */
  readonly sudo: boolean
  /** They speak of the path, be it to deny it. */
  readonly ruled: boolean
  /** They deny this, by `deny` or by what they say of its parameters; a rule that grants only other operations does not. */
  readonly denied: boolean
  /** Names of the policies that allow it, for the audit log. */
  readonly granting: readonly string[]
}

/** A policy, as it counts for one caller. */
export interface NamedPolicy {
  readonly name: string
  readonly stanzas: readonly Stanza[]
}

interface Rule extends Stanza {
  readonly pattern: Pattern
  /** Of the policies that it comes from. */
  readonly names: readonly string[]
}

/** Where the rules about the parameters hold. */
const WITH_PARAMETERS: readonly Asked['operation'][] = ['read', 'create', 'update', 'patch']

/** All policies of a caller, taken together: one rule decides about a path. Contract §5.2. */
export class Acl {
  readonly #policies: readonly NamedPolicy[]
  readonly #root: boolean
  readonly #exact = new Map<string, Rule>()
  readonly #patterns: readonly Rule[]
  readonly #anyCase = new Map<number, Acl>()

  /** @param root everything is allowed, whatever the policies say */
  constructor(policies: readonly NamedPolicy[], { root }: { readonly root: boolean }) {
    this.#policies = policies
    this.#root = root
    const rules = rulesOf(policies)
    for (const rule of rules) if (rule.pattern.exact) this.#exact.set(rule.path, rule)
    this.#patterns = rules
      .filter(({ pattern }) => !pattern.exact)
      .sort((a, b) => byPriority(a.pattern, b.pattern))
  }

  /** What no rule allows is denied. */
  judge(asked: Asked): Permission {
    const { operation } = asked
    if (this.#root)
      return { allowed: true, sudo: true, ruled: true, denied: false, granting: ['root'] }
    const rule = this.#ruleFor(asked)
    // help tells nothing that is not in the documentation; contract §1.5
    const allowed = operation === 'help' || (rule !== undefined && grants(rule, asked))
    return {
      allowed,
      sudo: rule?.capabilities.has('sudo') ?? false,
      ruled: rule !== undefined,
      denied: !allowed && rule !== undefined && speaksOf(rule, operation),
      granting: allowed ? (rule?.names ?? []) : [],
    }
  }

  /**
   * The same, of a path that means the same in any case of its letters below its mount: what is denied in one case is denied in every other.
   * @param depth segments of the mount's own path, where case counts
   */
  judgeAnyCase(asked: Asked, depth: number): Permission {
    const said = this.judge(asked)
    const other = this.#inLowerCase(depth).judge({ ...asked, path: lowerBelow(asked.path, depth) })
    return other.allowed || !other.ruled ? said : { ...other, denied: said.denied || other.denied }
  }

  #inLowerCase(depth: number): Acl {
    const known = this.#anyCase.get(depth)
    if (known) return known
    const policies = this.#policies.map(({ name, stanzas }) => ({
      name,
      stanzas: stanzas.map(each => ({ ...each, path: lowerBelow(each.path, depth) })),
    }))
    const made = new Acl(policies, { root: this.#root })
    this.#anyCase.set(depth, made)
    return made
  }

  /** What may be done with a path, sorted: `root` alone, `deny` alone, or names of capabilities. */
  capabilities(path: string): readonly (Capability | 'root')[] {
    if (this.#root) return ['root']
    const capabilities = this.#ruleFor({ operation: 'list', path })?.capabilities
    return capabilities?.size ? [...capabilities].sort() : ['deny']
  }

  /** Whether anything below `prefix`, which ends in `/`, may be used. */
  reaches(prefix: string): boolean {
    return (
      this.#root ||
      [...this.#exact.values(), ...this.#patterns].some(
        ({ pattern, capabilities }) =>
          capabilities.size > 0 && !capabilities.has('deny') && pattern.reaches(prefix),
      )
    )
  }

  /** All rules, by their paths; `*` at the end of a path that has wildcards is left out. */
  get rules() {
    const shown = (rules: Iterable<Rule>) =>
      Object.fromEntries(
        [...rules].map(({ path, capabilities }) => [
          path.replace(/\*$/, ''),
          { capabilities: [...capabilities].sort() },
        ]),
      )
    return { root: this.#root, exact: shown(this.#exact.values()), glob: shown(this.#patterns) }
  }

  #ruleFor({ operation, path }: Pick<Asked, 'operation' | 'path'>): Rule | undefined {
    const matching = (wanted: string) =>
      this.#patterns.find(({ pattern }) => pattern.matches(wanted))
    // a folder is listed by the right to its path, with or without the slash; OpenBao looks in this order, too
    if (operation !== 'list' || !path.endsWith('/')) return this.#exact.get(path) ?? matching(path)
    const bare = path.slice(0, -1)
    return this.#exact.get(path) ?? this.#exact.get(bare) ?? matching(bare) ?? matching(path)
  }
}

const lowerBelow = (path: string, depth: number) =>
  path
    .split('/')
    .map((segment, at) => (at < depth ? segment : segment.toLowerCase()))
    .join('/')

/** One rule for each path. */
function rulesOf(policies: readonly NamedPolicy[]): readonly Rule[] {
  const all = policies.flatMap(({ name, stanzas }) => stanzas.map(stanza => ({ name, stanza })))
  const byPath = Map.groupBy(all, ({ stanza }) => stanza.path)
  return [...byPath].map(([path, found]) => ({
    ...merged(
      path,
      found.map(({ stanza }) => stanza),
    ),
    pattern: parsePattern(path),
    names: [...new Set(found.map(({ name }) => name))],
  }))
}

/** Whether a rule that does not allow an operation means to deny it. */
const speaksOf = ({ capabilities }: Rule, operation: Asked['operation']): boolean =>
  capabilities.size === 0 ||
  capabilities.has('deny') ||
  (capabilities as ReadonlySet<string>).has(operation)

function grants(rule: Rule, asked: Asked): boolean {
  const { operation, wrapTtl = 0 } = asked
  const { capabilities, minWrap, maxWrap } = rule
  // help has been dealt with, and a header is for nobody but root: neither is a capability
  if (!(capabilities as ReadonlySet<string>).has(operation)) return false
  if (maxWrap > 0 && (wrapTtl === 0 || wrapTtl > maxWrap)) return false
  if (minWrap > 0 && wrapTtl < minWrap) return false
  return !WITH_PARAMETERS.includes(operation) || parametersAllowed(rule, asked)
}
