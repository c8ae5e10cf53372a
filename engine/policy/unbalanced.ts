import { isBalanced } from '../../shared/is-balanced.ts'
import { attempt } from '../../shared/result.ts'
import type { Tx } from '../storage/transact.ts'
import { parsePolicy } from './parse-policy.ts'
import { policyNames, readPolicy } from './policies.ts'

/** What a text has that may be such a path: braces, also as JSON can write them. */
const SUSPICIOUS = /\{\{|\}\}|\\u/i

/**
 * Paths of a policy whose templates can never be filled in, so that what is said of them counts for nobody, a "deny" included. Only a policy of
 * an older version has any.
 */
export async function unbalancedPaths(text: string): Promise<readonly string[]> {
  if (!SUSPICIOUS.test(text)) return []
  const stanzas = await attempt(async () => parsePolicy(text))
  // what cannot be read is refused where it is needed
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
