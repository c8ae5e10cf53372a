import { Invalid } from '../../shared/invalid.ts'
import { isBalanced } from '../../shared/is-balanced.ts'
import { Cache } from '../../shared/lru.ts'
import type { Call, Caller } from '../api/call.ts'
import { WRAPPING_POLICY } from '../api/wrapping-policy.ts'
import { KeptTable } from '../storage/kept-table.ts'
import type { Tx } from '../storage/transact.ts'
import { Acl, type NamedPolicy } from './acl.ts'
import { DEFAULT_POLICY, WRAPPING_POLICY_TEXT } from './default-policy.ts'
import { parsePolicy } from './parse-policy.ts'
import type { Stanza } from './stanza.ts'

/** A caller's policies, and how to render the templates in their paths. */
export interface Subject extends Pick<Caller, 'policies'> {
  readonly render?: Call['render'] | undefined
}

/** A policy as it is stored; without a text for the default policy until it is written. */
interface StoredPolicy {
  readonly text?: string
}

const table = new KeptTable<StoredPolicy>('policy/acl/', { record: 'policy/names', cached: true })

/** A policy as it has been parsed. */
interface ParsedPolicy {
  /** Unique for the text, and used in its place in cache keys, since texts may be long. */
  readonly id: number
  readonly stanzas: readonly Stanza[]
  /** The stanzas whose path is a template, by index. */
  readonly templates: ReadonlyMap<number, Stanza>
}

/** A policy rendered for one caller. */
interface RenderedPolicy {
  readonly name: string
  readonly parsed: ParsedPolicy
  /** The rendered templates, in order; null for one that cannot be rendered. */
  readonly paths: readonly (string | null)[]
}

/** Size of each LRU cache: of parsed policies, and of compiled combinations. */
const CACHE_SIZE = 1000

const ROOT = new Acl([], { root: true })

/** The policies in the store. Its caches are keyed by the texts that the transaction reads, so they are never outdated. */
export class Policies {
  readonly #parsed = new Cache<ParsedPolicy>(CACHE_SIZE)
  readonly #acls = new Cache<Acl>(CACHE_SIZE)
  /** Number of texts parsed so far, for their ids. */
  #texts = 0

  /** The merged policies of a caller. A policy that does not exist grants nothing. */
  async acl(tx: Tx, { policies, render }: Subject): Promise<Acl> {
    if (policies.includes('root')) return ROOT
    const inputs: RenderedPolicy[] = []
    for (const name of policies) {
      const text = await readPolicy(tx, name)
      if (text === undefined) continue
      const parsed = this.#parsed.get(text, () => parse(text, ++this.#texts))
      inputs.push({ name, parsed, paths: await renderedPaths(parsed, render) })
    }
    const key = JSON.stringify(inputs.map(({ name, parsed, paths }) => [name, parsed.id, paths]))
    return this.#acls.get(key, () => new Acl(inputs.map(filledIn), { root: false }))
  }
}

/** What a policy alone would allow that is not stored. @throws {Invalid} if it is too long or cannot be parsed */
export async function aclOfText(text: string, render: Subject['render']): Promise<Acl> {
  requireSize(text)
  // in no cache: texts that are tried must not displace those in use
  const parsed = parse(text, 0)
  const input = { name: '', parsed, paths: await renderedPaths(parsed, render) }
  return new Acl([filledIn(input)], { root: false })
}

/**
 * Records in a new store, or one of an older version, which policies exist, and that the default policy is the built-in one. So deleting
 * an operator's default policy from the storage cannot bring back the built-in one.
 */
export async function keepPolicies(tx: Tx): Promise<void> {
  const name = keyOf('default')
  if (!(await table.isKept(tx)) && !(await table.get(tx, name))) await table.put(tx, name, {})
  await table.keep(tx)
}

/** The text of a policy. The name is in lower case. @throws {Missing} if it was deleted from the storage other than by the engine */
export async function readPolicy(tx: Tx, name: string): Promise<string | undefined> {
  if (name === WRAPPING_POLICY) return WRAPPING_POLICY_TEXT
  const stored = await table.get(tx, keyOf(name))
  return stored?.text ?? (name === 'default' ? DEFAULT_POLICY : undefined)
}

/** Maximum bytes of a policy. Parsing one of this size blocks the process for a tenth of a second. */
const MAX_BYTES = 262_144

/** Stores a policy. @throws {Invalid} if it is too long, cannot be parsed, or has a path with unbalanced templates */
export async function writePolicy(tx: Tx, name: string, text: string): Promise<void> {
  requireSize(text)
  const wrong = parsePolicy(text).find(({ path }) => !isBalanced(path))
  if (wrong)
    throw new Invalid(
      `failed to parse policy: path ${JSON.stringify(wrong.path)}: failed to validate policy templating: unbalanced templating characters`,
    )
  await table.put(tx, keyOf(name), { text })
}

function requireSize(text: string): void {
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_BYTES)
    throw new Invalid(
      `the policy has ${bytes} bytes, more than the maximum of ${MAX_BYTES}: split it into several policies`,
    )
}

/** Deletes a policy, if it exists. Tokens that have it lose its capabilities at once. */
export const deletePolicy = (tx: Tx, name: string): Promise<void> => table.delete(tx, keyOf(name))

/** The names of all policies, sorted, including the built-in ones. */
export async function policyNames(tx: Tx): Promise<readonly string[]> {
  const stored = await table.list(tx)
  return [...new Set([...stored.map(decodeURIComponent), 'default', 'root'])].sort()
}

const keyOf = (name: string) => encodeURIComponent(name)

function parse(text: string, id: number): ParsedPolicy {
  const stanzas = parsePolicy(text)
  const templates = new Map([...stanzas.entries()].filter(([, each]) => hasTemplate(each)))
  return { id, stanzas, templates }
}

/** The paths with templates rendered for the caller; null for one that cannot be rendered. */
async function renderedPaths(
  { templates }: ParsedPolicy,
  render: Subject['render'],
): Promise<RenderedPolicy['paths']> {
  const paths: (string | null)[] = []
  for (const { path } of templates.values()) paths.push(await renderedPath(path, render))
  return paths
}

/** The stanzas with rendered paths. A stanza whose path cannot be rendered is dropped. Contract §5.1. */
function filledIn({ name, parsed: { stanzas, templates }, paths }: RenderedPolicy): NamedPolicy {
  const places = [...templates.keys()]
  const filled = stanzas.flatMap((stanza, at) => {
    const path = templates.has(at) ? paths[places.indexOf(at)] : stanza.path
    return typeof path === 'string' ? [{ ...stanza, path }] : []
  })
  return { name, stanzas: filled }
}

const hasTemplate = ({ path }: Stanza) => path.includes('{{') || path.includes('}}')

/** @param render refuses values with characters that could widen the path */
async function renderedPath(path: string, render: Subject['render']): Promise<string | null> {
  try {
    return (await render?.(path, '*+/')) ?? null
  } catch (error) {
    if (error instanceof Invalid) return null
    throw error
  }
}
