import { Cache } from '../../../shared/lru.ts'
import { checkedRevocations } from './checked-revocations.ts'
import {
  type Authority,
  digitsIn,
  type Place,
  partOf,
  partTally,
  type RevokedState,
  revokedState,
} from './revoked-state.ts'
import { allOlder, listedSerials, olderIssuers, serialPart } from './revoked-tables.ts'
import { isSame, type Tally } from './tally.ts'

interface Known {
  readonly tally: Tally
  readonly serials: BigUint64Array
}

/** Mounts whose serials are kept in memory. */
const KEPT = 16

/** By mount id and part, the serials that last matched the tally. Valid as long as the tally is the same. */
const known = new Cache<Map<string, Known>>(KEPT)

/** Parts read concurrently. */
const WIDTH = 16

interface Revoked extends Authority {
  /** @throws {Missing} if another program has deleted some from the storage */
  serials(): Promise<readonly bigint[]>
}

/**
 * The issuers of certificates revoked by serial number, deleted issuers included.
 * @param byOlder whether a node of an older version has revoked something, so that the state may be incomplete
 */
export async function serialsByIssuer(place: Place, byOlder: boolean): Promise<readonly Revoked[]> {
  const state = await revokedState(place)
  const known = state?.issuers ?? []
  const older = state && !byOlder ? [] : await allOlder(place, olderIssuers)
  const issuers = [...known, ...older.filter(({ id }) => !known.some(each => each.id === id))]
  return issuers
    .map(({ id, publicKey, ...issuer }) => ({
      ...{ id, publicKey },
      hasAny: !state || byOlder || ('parts' in issuer && issuer.parts !== ''),
      serials: () =>
        state
          ? wholeSerials(place, state, { issuer: { id, parts: '', ...issuer }, all: byOlder })
          : uncheckedSerials(place, id),
    }))
    .filter(({ hasAny }) => hasAny)
}

/** The serials of a mount that only nodes of an older version have written to. */
async function uncheckedSerials(place: Place, issuer: string): Promise<readonly bigint[]> {
  const listed = await listedSerials(place, issuer)
  return [...listed.values()].flat().map(serial => BigInt(`0x${serial}`))
}

/** Reads only the parts whose tally has changed. */
async function wholeSerials(
  place: Place,
  state: RevokedState,
  {
    issuer,
    all,
  }: { readonly issuer: { readonly id: string; readonly parts: string }; readonly all: boolean },
): Promise<readonly bigint[]> {
  const counted = digitsIn(issuer.parts)
  const more = all ? (await listedSerials(place, issuer.id)).keys() : []
  const parts = [...new Set([...counted, ...more])].sort()
  const found: bigint[] = []
  for (let at = 0; at < parts.length; at += WIDTH) {
    const some = parts.slice(at, at + WIDTH).map(digits => {
      const exists = counted.includes(digits)
      return serialsOf(place, state, { issuer: issuer.id, digits, exists, all })
    })
    for (const serials of await Promise.all(some)) for (const each of serials) found.push(each)
  }
  return found
}

interface Wanted {
  readonly issuer: string
  readonly digits: string
  readonly exists: boolean
  readonly all: boolean
}

async function serialsOf(
  place: Place,
  state: RevokedState,
  { issuer, digits, exists, all }: Wanted,
): Promise<Iterable<bigint>> {
  const parts = known.get(place.mount.id, () => new Map())
  const part = partOf(issuer, digits)
  const before = parts.get(part)
  // nodes of an older version add serials without changing the tally
  if (before && !all && isSame(before.tally, await partTally(place, part, exists)))
    return before.serials
  const whole = await checkedRevocations(
    place,
    state,
    serialPart(place, issuer, { digits, exists }),
  )
  const serials = BigUint64Array.from(whole.names, serial => BigInt(`0x${serial}`))
  if (whole.uncounted.length === 0) parts.set(part, { tally: whole.tally, serials })
  return serials
}
