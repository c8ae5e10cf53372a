import { Cache } from '../../shared/cache.ts'
import { Invalid } from '../../shared/invalid.ts'
import type { Call, Caller } from '../api/call.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import { Acl, type NamedPolicy } from './acl.ts'
import { DEFAULT_POLICY, WRAPPING_POLICY_TEXT } from './default-policy.ts'
import { parsePolicy } from './parse-policy.ts'
import type { Stanza } from './stanza.ts'

/** Whose policies are asked for, and how the templates in their paths are filled in. */
export interface Subject extends Pick<Caller, 'policies'> {
  readonly render?: Call['render'] | undefined
}

const table = new Table<{ readonly text: string }>('policy/acl/')

/** Compiled policies that are kept, and combinations of them. */
const KEPT = 1000

/** The policies of the store. What it keeps in memory it finds by the text that the transaction reads, so it is never out of date. */
export class Policies {
  readonly #parsed = new Cache<readonly Stanza[]>(KEPT)
  readonly #acls = new Cache<Acl>(KEPT)

  /** All policies of a caller, taken together. A policy that is not there allows nothing. */
  async acl(tx: Tx, { policies, render }: Subject): Promise<Acl> {
    if (policies.includes('root')) return new Acl([], { root: true })
    const texts: string[] = []
    const named: NamedPolicy[] = []
    for (const name of policies) {
      const text = await readPolicy(tx, name)
      if (text === undefined) continue
      const stanzas = this.#parsed.get(text, () => parsePolicy(text))
      const rendered = await renderedStanzas(stanzas, render)
      texts.push(name, text, ...rendered.map(({ path }) => path))
      named.push({ name, stanzas: rendered })
    }
    return this.#acls.get(JSON.stringify(texts), () => new Acl(named, { root: false }))
  }
}

/** What is there before anybody has written it. */
const GIVEN: ReadonlyMap<string, string> = new Map([
  ['default', DEFAULT_POLICY],
  ['response-wrapping', WRAPPING_POLICY_TEXT],
])

/** The text of a policy. The name is in lower case. */
export async function readPolicy(tx: Tx, name: string): Promise<string | undefined> {
  const stored = await table.get(tx, keyOf(name))
  return stored?.text ?? GIVEN.get(name)
}

/** Bytes of a policy's text. The longest take the process a tenth of a second to read, in which it does nothing else. */
const LONGEST = 262_144

/** Stores a policy. @throws {Invalid} if it is too long, or cannot be parsed */
export function writePolicy(tx: Tx, name: string, text: string): void {
  const bytes = Buffer.byteLength(text)
  if (bytes > LONGEST)
    throw new Invalid(
      `the policy has ${bytes} bytes, of ${LONGEST} at the most: divide it, and give tokens both parts`,
    )
  parsePolicy(text)
  table.put(tx, keyOf(name), { text })
}

/** Deletes a policy, if it is there; tokens that have it can do less from now on. */
export const deletePolicy = (tx: Tx, name: string): void => table.delete(tx, keyOf(name))

/** The names of all policies, sorted, with those that are always there. */
export async function policyNames(tx: Tx): Promise<readonly string[]> {
  const stored = await table.list(tx)
  return [...new Set([...stored.map(decodeURIComponent), 'default', 'root'])].sort()
}

const keyOf = (name: string) => encodeURIComponent(name)

/** A stanza whose template cannot be filled in for the caller says nothing. Contract §5.1. */
async function renderedStanzas(
  stanzas: readonly Stanza[],
  render: Subject['render'],
): Promise<readonly Stanza[]> {
  if (!stanzas.some(hasTemplate)) return stanzas
  const rendered: Stanza[] = []
  for (const stanza of stanzas) {
    const path = hasTemplate(stanza) ? await renderedPath(stanza.path, render) : stanza.path
    if (path !== undefined) rendered.push({ ...stanza, path })
  }
  return rendered
}

const hasTemplate = ({ path }: Stanza) => path.includes('{{') || path.includes('}}')

/** @param render refuses values with which somebody could widen the path */
async function renderedPath(path: string, render: Subject['render']): Promise<string | undefined> {
  try {
    return await render?.(path, '*+/')
  } catch (error) {
    if (error instanceof Invalid) return undefined
    throw error
  }
}
