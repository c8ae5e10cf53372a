import { Invalid } from '../../shared/invalid.ts'
import { isBalanced } from '../../shared/is-balanced.ts'
import { Cache } from '../../shared/lru.ts'
import type { Call, Caller } from '../api/call.ts'
import { KeptTable } from '../storage/kept-table.ts'
import type { Tx } from '../storage/transact.ts'
import { Acl, type NamedPolicy } from './acl.ts'
import { DEFAULT_POLICY, WRAPPING_POLICY_TEXT } from './default-policy.ts'
import { parsePolicy } from './parse-policy.ts'
import type { Stanza } from './stanza.ts'

/** Whose policies are asked for, and how the templates in their paths are filled in. */
export interface Subject extends Pick<Caller, 'policies'> {
  readonly render?: Call['render'] | undefined
}

/** What is stored of a policy; no text for the default one as long as nobody has written it. */
interface Stored {
  readonly text?: string
}

const table = new KeptTable<Stored>('policy/acl/', { record: 'policy/names', recalled: true })

/** A policy as it has been parsed. */
interface Parsed {
  /** Stands for the text, of which there may be much: no other text has it. */
  readonly id: number
  readonly stanzas: readonly Stanza[]
  /** Those of the stanzas whose path is a template, by their places. */
  readonly templates: ReadonlyMap<number, Stanza>
}

/** All that a policy says for one caller. */
interface Input {
  readonly name: string
  readonly parsed: Parsed
  /** What the templates come to, in their order; null for one that cannot be filled in. */
  readonly paths: readonly (string | null)[]
}

/** Compiled policies that are kept, and combinations of them. */
const KEPT = 1000

/** The policies of the store. What it keeps in memory it finds by the text that the transaction reads, so it is never out of date. */
export class Policies {
  readonly #parsed = new Cache<Parsed>(KEPT)
  readonly #acls = new Cache<Acl>(KEPT)
  /** Texts that have been parsed so far. */
  #texts = 0

  /** All policies of a caller, taken together. A policy that is not there allows nothing. */
  async acl(tx: Tx, { policies, render }: Subject): Promise<Acl> {
    if (policies.includes('root')) return new Acl([], { root: true })
    const inputs: Input[] = []
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

/**
 * Writes down for a new store, or for one of an older version, that the default policy is as it is given, so that one of an operator cannot
 * give way to it by being deleted; and which policies there are.
 */
export async function keepPolicies(tx: Tx): Promise<void> {
  const name = keyOf('default')
  if (!(await table.isKept(tx)) && !(await table.get(tx, name))) await table.put(tx, name, {})
  await table.keep(tx)
}

/** The text of a policy. The name is in lower case. @throws {Missing} for one that has been deleted from the storage by other means */
export async function readPolicy(tx: Tx, name: string): Promise<string | undefined> {
  if (name === 'response-wrapping') return WRAPPING_POLICY_TEXT
  const stored = await table.get(tx, keyOf(name))
  return stored?.text ?? (name === 'default' ? DEFAULT_POLICY : undefined)
}

/** Bytes of a policy's text. The longest take the process a tenth of a second to read, in which it does nothing else. */
const LONGEST = 262_144

/** Stores a policy. @throws {Invalid} if it is too long, cannot be parsed, or has a path that would count for nobody */
export async function writePolicy(tx: Tx, name: string, text: string): Promise<void> {
  const bytes = Buffer.byteLength(text)
  if (bytes > LONGEST)
    throw new Invalid(
      `the policy has ${bytes} bytes, of ${LONGEST} at the most: divide it, and give tokens both parts`,
    )
  const wrong = parsePolicy(text).find(({ path }) => !isBalanced(path))
  if (wrong)
    throw new Invalid(
      `failed to parse policy: path ${JSON.stringify(wrong.path)}: failed to validate policy templating: unbalanced templating characters`,
    )
  await table.put(tx, keyOf(name), { text })
}

/** Deletes a policy, if it is there; tokens that have it can do less from now on. */
export const deletePolicy = (tx: Tx, name: string): Promise<void> => table.delete(tx, keyOf(name))

/** The names of all policies, sorted, with those that are always there. */
export async function policyNames(tx: Tx): Promise<readonly string[]> {
  const stored = await table.list(tx)
  return [...new Set([...stored.map(decodeURIComponent), 'default', 'root'])].sort()
}

const keyOf = (name: string) => encodeURIComponent(name)

function parse(text: string, id: number): Parsed {
  const stanzas = parsePolicy(text)
  const templates = new Map([...stanzas.entries()].filter(([, each]) => hasTemplate(each)))
  return { id, stanzas, templates }
}

/** What the templates in the paths come to for the caller; null for one that cannot be filled in. */
async function renderedPaths(
  { templates }: Parsed,
  render: Subject['render'],
): Promise<Input['paths']> {
  const paths: (string | null)[] = []
  for (const { path } of templates.values()) paths.push(await renderedPath(path, render))
  return paths
}

/** A stanza whose template cannot be filled in for the caller says nothing. Contract §5.1. */
function filledIn({ name, parsed: { stanzas, templates }, paths }: Input): NamedPolicy {
  const places = [...templates.keys()]
  const filled = stanzas.flatMap((stanza, at) => {
    const path = templates.has(at) ? paths[places.indexOf(at)] : stanza.path
    return typeof path === 'string' ? [{ ...stanza, path }] : []
  })
  return { name, stanzas: filled }
}

const hasTemplate = ({ path }: Stanza) => path.includes('{{') || path.includes('}}')

/** @param render refuses values with which somebody could widen the path */
async function renderedPath(path: string, render: Subject['render']): Promise<string | null> {
  try {
    return (await render?.(path, '*+/')) ?? null
  } catch (error) {
    if (error instanceof Invalid) return null
    throw error
  }
}
