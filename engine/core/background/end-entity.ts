import { findLease, stuckLeases } from '../../lease/leases.ts'
import { type Tx, transact } from '../../storage/transact.ts'
import { childTokens, type Token, tokenHashes, tokens } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import { revokeToken } from './revoke.ts'

/** Tokens that are read in one transaction. */
const PAGE = 1000

/** Tokens that one call looks at, at the most. */
const LOOKED_AT = 10_000

/** Failed leases that are looked through for those of the entity. */
const STUCK = 10_000

/** What a call did, and what it left. */
export interface EndedTokens {
  readonly revoked: readonly Token[]
  /** Ids of their leases whose credentials could not be revoked yet; housekeeping retries. */
  readonly leasesLeft: readonly string[]
  /** Orphans that the entity has made. They act for no entity, and are not revoked. */
  readonly orphans: readonly Token[]
  /** Where the next call begins, if there are more tokens. */
  readonly next: string | undefined
}

/**
 * Revokes the tokens that act for one of these entities, with their children and leases. Each token is invalid from a commit on; if the
 * process dies, housekeeping goes on with that token, and another call with the others.
 */
export async function endTokensOf(
  core: Core,
  entities: ReadonlySet<string>,
  begin: string,
): Promise<EndedTokens> {
  const { store } = core
  const [revoked, orphans, family]: [Token[], Token[], Set<string>] = [[], [], new Set()]
  let after: string | undefined = begin
  for (let lookedAt = 0; after !== undefined && lookedAt < LOOKED_AT; lookedAt += PAGE) {
    const page = await transact(store, tx => pageOf(tx, after as string))
    orphans.push(...page.found.filter(token => entities.has(token.createdBy ?? '')))
    const own = page.found.filter(token => entities.has(token.entity ?? ''))
    for (const { hash } of own) {
      for (const each of await transact(store, tx => familyOf(tx, hash))) family.add(each)
      await revokeToken(core, hash)
    }
    revoked.push(...own)
    after = page.next
  }
  const leasesLeft = await transact(store, tx => stuckAmong(tx, family))
  return { revoked, leasesLeft, orphans, next: after }
}

async function pageOf(tx: Tx, after: string) {
  const hashes = await tokenHashes(tx, { after, limit: PAGE })
  const found = await Promise.all(hashes.map(hash => tokens.get(tx, hash)))
  const next = hashes.length === PAGE ? hashes.at(-1) : undefined
  return { found: found.filter(token => token !== undefined), next }
}

/** The token and all below it. */
async function familyOf(tx: Tx, hash: string): Promise<readonly string[]> {
  const below = await Promise.all((await childTokens(tx, hash)).map(child => familyOf(tx, child)))
  return [hash, ...below.flat()]
}

async function stuckAmong(tx: Tx, family: ReadonlySet<string>): Promise<readonly string[]> {
  if (family.size === 0) return []
  const limit = { limit: STUCK }
  const ids = [
    ...(await stuckLeases(tx, 'failing', limit)),
    ...(await stuckLeases(tx, 'irrevocable', limit)),
  ]
  const leases = await Promise.all(ids.map(id => findLease(tx, id)))
  return ids.filter((_, at) => family.has(leases[at]?.token ?? ''))
}
