import { checkedRevocations } from './checked-revocations.ts'
import {
  type Authority,
  digitsIn,
  newState,
  OTHERS,
  type Place,
  partOf,
  putState,
  putTally,
  type RevokedState,
  revokedState,
} from './revoked-state.ts'
import {
  allOlder,
  hashedSerial,
  listedSerials,
  olderIssuers,
  olderRevoked,
  otherName,
  othersPart,
  revocations,
  revokedSerials,
  serialPart,
} from './revoked-tables.ts'
import { added, tallyOf } from './tally.ts'

/**
 * Adds revocations to the tallies that were written by a version without tallies: all of them if there is no state yet, and afterwards
 * those that nodes of that version have added. Stores and returns the state.
 */
export async function adoptRevocations(place: Place, now: Date): Promise<RevokedState> {
  const known = await revokedState(place)
  const state = known ?? newState(now)
  const issuers = []
  for (const issuer of united(state.issuers, await allOlder(place, olderIssuers)))
    issuers.push(await adoptSerials(place, state, { ...issuer, isFirst: !known }))
  const next: RevokedState = {
    ...state,
    issuers,
    revoked: united(state.revoked, await allOlder(place, olderRevoked)),
    hasOthers: (await adoptOthers(place, state, !known)) || state.hasOthers,
  }
  if (JSON.stringify(next) !== JSON.stringify(known)) putState(place, next)
  return next
}

const united = <T extends Authority>(known: readonly T[], more: readonly Authority[]) => [
  ...known,
  ...more.filter(({ id }) => !known.some(each => each.id === id)),
]

type Adopted = RevokedState['issuers'][number]

async function adoptSerials(
  place: Place,
  state: RevokedState,
  { id, publicKey, parts = '', isFirst }: Authority & { parts?: string; isFirst: boolean },
): Promise<Adopted> {
  const listed = await listedSerials(place, id)
  const before = digitsIn(parts)
  const all = [...new Set([...before, ...listed.keys()])].sort()
  for (const digits of all) {
    const names = listed.get(digits) ?? []
    const count = (some: readonly string[]) =>
      tallyOf(
        state.key,
        some.map(serial => hashedSerial(id, serial)),
      )
    if (isFirst) {
      putTally(place, partOf(id, digits), count(names))
      continue
    }
    const part = serialPart(place, id, { digits, exists: before.includes(digits) })
    const { uncounted, tally } = await checkedRevocations(place, state, part)
    if (uncounted.length === 0) continue
    for (const serial of uncounted)
      revokedSerials.put(place.tx, `${id}/${serial}`, { at: state.since, counted: true })
    putTally(place, part.part, added(tally, count(uncounted)))
  }
  return { id, publicKey, parts: all.join('') }
}

/** Moves revocations by key id or key to names that reveal nothing. Returns whether there were any. */
async function adoptOthers(place: Place, state: RevokedState, isFirst: boolean): Promise<boolean> {
  const { tx } = place
  const older = isFirst
    ? { names: await revocations.list(tx), tally: tallyOf('', []) }
    : await checkedRevocations(place, state, othersPart(place, state)).then(
        ({ uncounted: names, tally }) => ({ names, tally }),
      )
  const renamed: string[] = []
  for (const name of older.names) {
    const revocation = await revocations.get(tx, name)
    if (!revocation) continue
    const next = otherName(state, revocation)
    revocations.delete(tx, name)
    const isKnown = !isFirst && (await revocations.get(tx, next)) !== undefined
    revocations.put(tx, next, { ...revocation, counted: true })
    if (!isKnown) renamed.push(next)
  }
  if (renamed.length > 0) putTally(place, OTHERS, added(older.tally, tallyOf(state.key, renamed)))
  return renamed.length > 0
}
