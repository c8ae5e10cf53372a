import { isBalanced } from '../../shared/is-balanced.ts'
import { attempt } from '../../shared/result.ts'
import type { Tx } from '../storage/transact.ts'
import { parsePolicy } from './parse-policy.ts'
import { policyNames, readPolicy } from './policies.ts'

/** Whether a text may have such a path: it has double braces, or escapes that may be braces in JSON. */
const SUSPICIOUS = /\{\{|\}\}|\\u/i

/**
 * Paths of a policy with unbalanced templates, which match nothing, even if they are meant to deny something. Only policies of older
 * versions can have them.
 */
export async function unbalancedPaths(text: string): Promise<readonly string[]> {
  if (!SUSPICIOUS.test(text)) return []
  const stanzas = await attempt(async () => parsePolicy(text))
  // a policy that cannot be parsed is refused where it is used
  return stanzas.ok ? stanzas.value.map(({ path }) => path).filter(path => !isBalanced(path)) : []
}

/** Names of the policies that have such paths. */
export async function unbalancedPolicies(tx: Tx): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of await policyNames(tx)) {
    const text = await attempt(() => readPolicy(tx, name))
    if (text.ok && (await unbalancedPaths(text.value ?? '')).length > 0) found.push(name)
  }
  return found
}
