import type { Operation } from '../api/request.ts'
import { parametersAllowed, type Sent } from './parameters.ts'
import { byPriority, type Pattern, parsePattern } from './pattern.ts'
import { type Capability, merged, type Stanza } from './stanza.ts'

/** A request, as far as policies decide about it. Writing something new is a `create`. */
export interface AccessRequest {
  readonly operation: Operation | 'create'
  readonly path: string
  readonly data: Sent['data']
  /** The fields of the endpoint, which define how it reads `data`. */
  readonly fields?: Sent['fields']
  /** Seconds: the requested lifetime of the wrapping token. */
  readonly wrapTtl?: number | undefined
  /** The question is whether the request is allowed with some parameters, whatever they are. */
  readonly anyParameters?: true
}

/** The decision of the policies of a caller about a request. */
export interface Permission {
  readonly allowed: boolean
  /** They grant `sudo` on the path. */
  readonly sudo: boolean
  /** They have a rule for the path, even if it denies. */
  readonly ruled: boolean
  /** They deny the request explicitly, by `deny` or by its parameters. A rule that grants only other operations does not. */
  readonly denied: boolean
  /** Names of the policies that allow it, for the audit log. */
  readonly granting: readonly string[]
}

/** The stanzas of all policies for the path that decides about a request, merged. */
export interface DecidingRule extends Stanza {
  /** Names of the policies that it comes from. */
  readonly names: readonly string[]
}

/** A policy with the templates rendered for one caller. */
export interface NamedPolicy {
  readonly name: string
  readonly stanzas: readonly Stanza[]
}

interface Rule extends DecidingRule {
  readonly pattern: Pattern
}

/** Operations to which parameter rules apply. */
const WITH_PARAMETERS: readonly AccessRequest['operation'][] = ['read', 'create', 'update', 'patch']

/** All policies of a caller, merged: exactly one rule decides about a path. Contract §5.2. */
export class Acl {
  readonly #policies: readonly NamedPolicy[]
  readonly #root: boolean
  readonly #exact = new Map<string, Rule>()
  readonly #patterns: readonly Rule[]
  readonly #anyCase = new Map<number, Acl>()

  /** @param root allows everything, whatever the policies */
  constructor(policies: readonly NamedPolicy[], { root }: { readonly root: boolean }) {
    this.#policies = policies
    this.#root = root
    const rules = rulesOf(policies)
    for (const rule of rules) if (rule.pattern.exact) this.#exact.set(rule.path, rule)
    this.#patterns = rules
      .filter(({ pattern }) => !pattern.exact)
      .sort((a, b) => byPriority(a.pattern, b.pattern))
  }

  /** Decides about a request. The default is to deny. */
  judge(asked: AccessRequest): Permission {
    const { operation } = asked
    if (this.#root)
      return { allowed: true, sudo: true, ruled: true, denied: false, granting: ['root'] }
    const rule = this.#ruleFor(asked)
    // help shows nothing that is not in the documentation; contract §1.5
    const allowed = operation === 'help' || (rule !== undefined && grants(rule, asked))
    return {
      allowed,
      sudo: rule?.capabilities.has('sudo') ?? false,
      ruled: rule !== undefined,
      denied: !allowed && rule !== undefined && speaksOf(rule, operation),
      granting: allowed ? (rule?.names ?? []) : [],
    }
  }

  /** The rule by which {@link judge} decides. Undefined for root, and where no stanza matches. */
  decidingRule(asked: Pick<AccessRequest, 'operation' | 'path'>): DecidingRule | undefined {
    return this.#ruleFor(asked)
  }

  /**
   * Like {@link judge}, for a path that is case-insensitive below its mount: a denial in one spelling holds for every other.
   * @param depth number of segments of the mount's own path, which are case-sensitive
   */
  judgeAnyCase(asked: AccessRequest, depth: number): Permission {
    const said = this.judge(asked)
    const other = this.#inLowerCase(depth).judge({ ...asked, path: lowerBelow(asked.path, depth) })
    return other.allowed || !other.ruled ? said : { ...other, denied: said.denied || other.denied }
  }

  /** The rule by which {@link judgeAnyCase} decides. */
  decidingRuleAnyCase(asked: AccessRequest, depth: number): DecidingRule | undefined {
    const lower = { ...asked, path: lowerBelow(asked.path, depth) }
    const other = this.#inLowerCase(depth)
    const { allowed, ruled } = other.judge(lower)
    return allowed || !ruled ? this.decidingRule(asked) : other.decidingRule(lower)
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

  /** The capabilities on a path, sorted; or only `root`, or only `deny`. */
  capabilities(path: string): readonly (Capability | 'root')[] {
    if (this.#root) return ['root']
    const capabilities = this.#ruleFor({ operation: 'list', path })?.capabilities
    return capabilities?.size ? [...capabilities].sort() : ['deny']
  }

  /** Whether there is a capability on any path below `prefix`, which ends in `/`. */
  reaches(prefix: string): boolean {
    return (
      this.#root ||
      [...this.#exact.values(), ...this.#patterns].some(
        ({ pattern, capabilities }) =>
          capabilities.size > 0 && !capabilities.has('deny') && pattern.reaches(prefix),
      )
    )
  }

  /** All rules by path; a trailing `*` of the path is omitted. */
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

  #ruleFor({ operation, path }: Pick<AccessRequest, 'operation' | 'path'>): Rule | undefined {
    const matching = (wanted: string) =>
      this.#patterns.find(({ pattern }) => pattern.matches(wanted))
    // a rule for a folder counts with or without the trailing slash, in the same order as in OpenBao
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

/** Merges all stanzas into one rule for each path. */
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

/** Whether a rule that does not allow a request denies it explicitly. */
const speaksOf = ({ capabilities }: Rule, operation: AccessRequest['operation']): boolean =>
  capabilities.size === 0 ||
  capabilities.has('deny') ||
  (capabilities as ReadonlySet<string>).has(operation)

function grants(rule: Rule, asked: AccessRequest): boolean {
  const { operation, wrapTtl = 0 } = asked
  const { capabilities, minWrap, maxWrap } = rule
  // help is already allowed, and HEAD is only for root: neither has a capability
  if (!(capabilities as ReadonlySet<string>).has(operation)) return false
  if (maxWrap > 0 && (wrapTtl === 0 || wrapTtl > maxWrap)) return false
  if (minWrap > 0 && wrapTtl < minWrap) return false
  if (asked.anyParameters || !WITH_PARAMETERS.includes(operation)) return true
  return parametersAllowed(rule, asked)
}
