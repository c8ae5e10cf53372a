import { Missing } from '../../storage/kept-table.ts'
import { adoptRevocations } from './adopt-revocations.ts'
import { type CheckedPart, checkedRevocations } from './checked-revocations.ts'
import { bumpKrl, krlState } from './krl-version.ts'
import {
  type Authority,
  digitsIn,
  OTHERS,
  type Place,
  partOf,
  partTally,
  putState,
  putTally,
  type RevokedState,
  revokedState,
} from './revoked-state.ts'
import {
  hashedSerial,
  olderIssuers,
  olderRevoked,
  otherName,
  othersPart,
  type Revocation,
  revocations,
  revokedSerials,
} from './revoked-tables.ts'
import { added, isSame, taken, tallyOf } from './tally.ts'

/** A certificate, identified by its issuer and its serial of 16 hexadecimal digits. */
export interface Numbered {
  readonly issuer: string
  readonly serial: string
}

/** Ends a revocation: to be called once, after all else. Returns the new version of the KRL. */
export async function revoked(place: Place, now: Date): Promise<number> {
  await writable(place, now)
  return bumpKrl(place.tx, now)
}

/** Transactions that have adopted revocations of older nodes: a list does not show a transaction's own writes. */
const adopting = new WeakSet<object>()

/** The state, ready to be changed; created if there is none. */
async function writable(place: Place, now: Date): Promise<RevokedState> {
  const state = await revokedState(place)
  if (state && (adopting.has(place.tx) || !(await krlState(place.tx)).byOlder)) return state
  adopting.add(place.tx)
  return adoptRevocations(place, now)
}

/** Revokes certificates by serial. Skips those of unknown issuers. */
export async function revokeSerials(
  place: Place,
  certificates: readonly (Numbered & { readonly authority: Authority })[],
  now: Date,
): Promise<void> {
  const before = await writable(place, now)
  const fresh = await uncounted(place, before, certificates)
  for (const { issuer, serial } of fresh)
    revokedSerials.put(place.tx, `${issuer}/${serial}`, { at: now.getTime(), counted: true })
  let state = before
  for (const { authority } of fresh) state = keeping(place, state, authority)
  for (const [part, some] of byPart(fresh)) {
    const [{ issuer = '', serial = '' } = {}] = some
    const parts = state.issuers.find(({ id }) => id === issuer)?.parts ?? ''
    const digits = serial.slice(0, 2)
    const exists = digitsIn(parts).includes(digits)
    const tally = await partTally(place, part, exists)
    putTally(place, part, added(tally, tallyOf(state.key, hashed(some))))
    if (!exists) state = withPart(state, issuer, digits)
  }
  if (state !== before) putState(place, state)
}

/** Deletes the revocations of expired certificates, by serial. */
export async function forgetSerials(
  place: Place,
  certificates: readonly Numbered[],
): Promise<void> {
  const state = await revokedState(place)
  for (const [part, some] of byPart(certificates)) {
    const there: Numbered[] = []
    for (const each of some) {
      const row = await revokedSerials.get(place.tx, keyOf(each))
      if (!row) continue
      revokedSerials.delete(place.tx, keyOf(each))
      if (state && (row.counted || row.at <= state.since)) there.push(each)
    }
    if (!state || there.length === 0) continue
    const tally = await partTally(place, part, true)
    putTally(place, part, taken(tally, tallyOf(state.key, hashed(there))))
  }
}

/** Records an issuer, so that its certificates can be revoked even after it has been deleted: hosts may trust it a little longer. */
export async function keepAuthority(place: Place, authority: Authority, now: Date): Promise<void> {
  const before = await writable(place, now)
  const state = keeping(place, before, authority)
  if (state !== before) putState(place, state)
}

/** An issuer that {@link keepAuthority} has recorded. */
export async function keptAuthority(place: Place, id: string): Promise<Authority | undefined> {
  const state = await revokedState(place)
  return state?.issuers.find(each => each.id === id) ?? (await olderIssuers.get(place.tx, id))
}

/** Revokes an issuer with all that it has signed, forever, even if it is deleted later. */
export async function revokeAuthority(
  place: Place,
  { id, publicKey }: Authority,
  now: Date,
): Promise<void> {
  const state = await writable(place, now)
  olderRevoked.put(place.tx, id, { id, publicKey })
  if (state.revoked.some(each => each.id === id)) return
  putState(place, { ...state, revoked: [...state.revoked, { id, publicKey }] })
}

/** The issuers that are revoked. */
export async function allRevokedAuthorities(place: Place): Promise<readonly Authority[]> {
  const known = (await revokedState(place))?.revoked ?? []
  const ids = (await olderRevoked.list(place.tx)).filter(id => !known.some(each => each.id === id))
  const more = await Promise.all(ids.map(id => olderRevoked.get(place.tx, id)))
  return [...known, ...more.filter(each => each !== undefined)]
}

/** Revokes by key id or key. @throws {URIError} for a value that is not well-formed Unicode */
export async function revokeOther(place: Place, revocation: Revocation, now: Date): Promise<void> {
  encodeURIComponent(revocation.value)
  const state = await writable(place, now)
  const name = otherName(state, revocation)
  if (await revocations.get(place.tx, name)) return
  revocations.put(place.tx, name, { ...revocation, counted: true })
  const tally = await partTally(place, OTHERS, state.hasOthers)
  putTally(place, OTHERS, added(tally, tallyOf(state.key, [name])))
  if (!state.hasOthers) putState(place, { ...state, hasOthers: true })
}

/** Whether certificates with that key id, or for that key, are revoked. @throws {Missing} if that revocation was deleted from the storage */
export async function isRevoked(
  place: Place,
  revocation: Pick<Revocation, 'kind' | 'value'>,
): Promise<boolean> {
  const { tx } = place
  const state = await revokedState(place)
  const older = `${revocation.kind}.${encodeURIComponent(revocation.value)}`
  if (!state) return (await revocations.get(tx, older)) !== undefined
  if (!state.hasOthers) return false
  const name = otherName(state, revocation)
  if (await revocations.get(tx, name)) return true
  const tally = await partTally(place, OTHERS, true)
  const before = wholeOthers.get(place.mount.id)
  if (!before || !isSame(before.tally, tally)) {
    const { names, ...whole } = await checkedRevocations(place, state, othersPart(place, state))
    wholeOthers.set(place.mount.id, { tally: whole.tally, names: new Set(names) })
  } else if (before.names.has(name))
    throw new Missing(`${place.mount.path}revoked/other/${name}`, undefined)
  return false
}

/** By mount id, the names when they last matched the tally: deleting one from the storage changes no tally. */
const wholeOthers = new Map<
  string,
  Pick<CheckedPart, 'tally'> & { readonly names: ReadonlySet<string> }
>()

/** All that is revoked by key id or fingerprint. @throws {Missing} */
export async function otherRevocations(place: Place): Promise<readonly Revocation[]> {
  const state = await revokedState(place)
  const names = state
    ? (await checkedRevocations(place, state, othersPart(place, state))).names
    : await revocations.list(place.tx)
  const found = await Promise.all(names.map(name => revocations.get(place.tx, name)))
  return found.filter(each => each !== undefined)
}

const keyOf = ({ issuer, serial }: Numbered) => `${issuer}/${serial}`

const hashed = (some: readonly Numbered[]) =>
  some.map(({ issuer, serial }) => hashedSerial(issuer, serial))

const byPart = <T extends Numbered>(some: readonly T[]) =>
  Map.groupBy(some, ({ issuer, serial }) => partOf(issuer, serial.slice(0, 2)))

/** The certificates that are in no tally yet. */
async function uncounted<T extends Numbered>(
  { tx }: Place,
  { since }: RevokedState,
  certificates: readonly T[],
): Promise<readonly T[]> {
  const rows = await Promise.all(certificates.map(each => revokedSerials.get(tx, keyOf(each))))
  return certificates.filter((_, at) => {
    const row = rows[at]
    return !row || !(row.counted || row.at <= since)
  })
}

function keeping({ tx }: Place, state: RevokedState, { id, publicKey }: Authority): RevokedState {
  if (state.issuers.some(each => each.id === id)) return state
  olderIssuers.put(tx, id, { id, publicKey })
  return { ...state, issuers: [...state.issuers, { id, publicKey, parts: '' }] }
}

const withPart = (state: RevokedState, issuer: string, digits: string): RevokedState => ({
  ...state,
  issuers: state.issuers.map(each =>
    each.id === issuer ? { ...each, parts: each.parts + digits } : each,
  ),
})
