import { createHmac } from 'node:crypto'
import { Table } from '../../storage/table.ts'
import type { Part } from './checked-revocations.ts'
import { type Authority, OTHERS, type Place, partOf, type RevokedState } from './revoked-state.ts'

/** A revocation of every certificate with a key id, or for a key. */
export interface Revocation {
  readonly kind: 'key_id' | 'fingerprint'
  readonly value: string
  /** Milliseconds since 1970. */
  readonly revokedAt: number
  /** See {@link Part}. */
  readonly counted?: true
}

interface RevokedSerial {
  readonly at: number
  readonly counted?: true
}

/** By issuer and serial. The KRL is made from the names alone. */
export const revokedSerials = new Table<RevokedSerial>('revoked/serial/')
export const revocations = new Table<Revocation>('revoked/other/')

/** Shared with nodes of an older version; this version also has them in its state. */
export const olderIssuers = new Table<Authority>('revoked/issuer/')
export const olderRevoked = new Table<Authority>('revoked/authority/')

export async function allOlder(
  { tx }: Place,
  table: Table<Authority>,
): Promise<readonly Authority[]> {
  const found = await Promise.all((await table.list(tx)).map(id => table.get(tx, id)))
  return found.filter(each => each !== undefined)
}

const PAGE = 5000

const isSerial = (name: string) => /^[0-9a-f]{16}$/.test(name)

/** All listed serials of an issuer, by their first two digits. */
export async function listedSerials(
  { tx }: Place,
  issuer: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>()
  for (let after = ''; ; ) {
    const page = await revokedSerials.list(tx, `${issuer}/`, { after, limit: PAGE })
    for (const serial of page.filter(isSerial)) {
      const digits = serial.slice(0, 2)
      const part = found.get(digits) ?? []
      part.push(serial)
      found.set(digits, part)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return found
    after = last
  }
}

/** The name of a serial in a tally. */
export const hashedSerial = (issuer: string, serial: string): string => `${issuer}/${serial}`

/** The part with an issuer's serials that begin with two digits. @param exists whether the state names it */
export const serialPart = (
  place: Place,
  issuer: string,
  { digits, exists }: { readonly digits: string; readonly exists: boolean },
): Part => ({
  part: partOf(issuer, digits),
  exists,
  async list() {
    const rest = await revokedSerials.list(place.tx, `${issuer}/${digits}`)
    const names = rest.map(each => digits + each)
    const odd = names.find(name => !isSerial(name))
    if (odd !== undefined)
      place.warn?.(`${JSON.stringify(odd)} is not a revoked serial number: it is ignored`)
    return names.filter(isSerial)
  },
  async read(name) {
    const row = await revokedSerials.get(place.tx, `${issuer}/${name}`)
    return row && { name, at: row.at, counted: row.counted === true }
  },
  hashed: name => hashedSerial(issuer, name),
})

/** The part with all revocations by key id or key. */
export const othersPart = (place: Place, { hasOthers }: RevokedState): Part => ({
  part: OTHERS,
  exists: hasOthers,
  list: () => revocations.list(place.tx),
  async read(name) {
    const row = await revocations.get(place.tx, name)
    return row && { name, at: row.revokedAt, counted: row.counted === true }
  },
  hashed: name => name,
})

/** The name of a revocation by key id or key: a keyed hash, so that the storage alone does not reveal names of users. */
export const otherName = (
  { key }: Pick<RevokedState, 'key'>,
  { kind, value }: Pick<Revocation, 'kind' | 'value'>,
): string => `${kind}.${createHmac('sha256', key).update(value).digest('hex')}`
