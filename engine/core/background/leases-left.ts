import { findLease, type Lease, stuckLeases } from '../../lease/leases.ts'
import type { Store } from '../../storage/store.ts'
import { type Tx, transact } from '../../storage/transact.ts'
import { untampered } from '../../storage/untampered.ts'
import { tokenExists } from '../../token/tokens.ts'

/** Leases that are read in one transaction. */
const PAGE = 1000

/** Ids of leases whose credentials could not be revoked yet. */
export interface LeasesLeft {
  /** Of the tokens and entities that were asked for. */
  readonly leasesLeft: readonly string[]
  /** Of tokens that are gone, where no lease says for which entity they acted. */
  readonly leasesUnattributed: readonly string[]
}

/** Whose leases are looked for. */
interface Owners {
  readonly entities: ReadonlySet<string>
  /** Hashes. */
  readonly tokens: ReadonlySet<string>
}

/** Looks through all leases that could not be revoked. */
export async function leasesLeftBy(store: Store, owners: Owners): Promise<LeasesLeft> {
  const [leasesLeft, leasesUnattributed]: [string[], string[]] = [[], []]
  for (const type of ['failing', 'irrevocable'] as const)
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page = await transact(store, tx => pageOf(tx, { type, after: after ?? '' }, owners))
      leasesLeft.push(...page.own)
      leasesUnattributed.push(...page.unknown)
      after = page.next
    }
  return { leasesLeft, leasesUnattributed }
}

interface Place {
  readonly type: 'failing' | 'irrevocable'
  readonly after: string
}

async function pageOf(tx: Tx, { type, after }: Place, owners: Owners) {
  const ids = await stuckLeases(tx, type, { after, limit: PAGE })
  const found = await Promise.all(ids.map(id => untampered(findLease(tx, id))))
  const leases = found.filter(lease => lease !== undefined)
  const own = leases.filter(lease => isOf(lease, owners))
  const others = leases.filter(lease => lease.entity === undefined && !own.includes(lease))
  const live = await Promise.all(others.map(({ token }) => untampered(tokenExists(tx, token))))
  const last = ids.length === PAGE ? ids.at(-1) : undefined
  return {
    own: own.map(({ id }) => id),
    unknown: others.filter((_, at) => !live[at]).map(({ id }) => id),
    next: last === undefined ? undefined : encodeURIComponent(last),
  }
}

const isOf = ({ entity = '', token }: Lease, { entities, tokens }: Owners): boolean =>
  entities.has(entity) || tokens.has(token)
