import { type Call, namesOf } from '../../api/call.ts'
import { DueIndex } from '../../storage/due-index.ts'
import { type Moved, type Named, NameIndex } from '../../storage/name-index.ts'
import type { Page } from '../../storage/store.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { untampered } from '../../storage/untampered.ts'

/** The record of a signed certificate. Times are seconds since 1970 unless noted. */
export interface SignedCertificate {
  /** 16 hexadecimal digits. */
  readonly serial: string
  readonly type: 'user' | 'host'
  readonly keyId: string
  readonly principals: readonly string[]
  /** Of the certified key: `SHA256:…` */
  readonly fingerprint: string
  readonly keyType: string
  readonly role: string
  /** Id of the issuer. */
  readonly issuer: string
  /** Of the token of the request. */
  readonly accessor: string
  readonly displayName: string
  /** Id of the entity that requested it; undefined for a token without an entity. */
  readonly entity: string | undefined
  /** Of a token without an entity: id of the entity that has made that token, where that is known. */
  readonly creator?: string
  readonly issuedAt: number
  readonly validAfter: number
  readonly validBefore: number
  /** When it was revoked, alone or by a property that it shares with others. */
  readonly revokedAt: number | undefined
  /** When it is deleted from the inventory, in milliseconds since 1970. */
  readonly forgetAt: number
}

/** The properties by which certificates are indexed. */
export const INDEXES = [
  'key_id',
  'principal',
  'fingerprint',
  'role',
  'entity',
  'creator',
  'issuer',
] as const

export type Index = (typeof INDEXES)[number]

const certificates = new Table<SignedCertificate>('certificate/serial/')
const index = new NameIndex<object>({
  keyed: 'certificate/having/',
  older: 'certificate/by/',
  digits: 32,
})
const due = new DueIndex('certificate/due/')

/** The mount whose certificates are meant. */
type Place = Pick<Call, 'tx' | 'mount'>

/** Records a certificate, in the transaction that returns it. */
export function record(place: Place, certificate: SignedCertificate): void {
  const { tx } = place
  const names = namesOf(place)
  certificates.put(tx, certificate.serial, certificate)
  for (const each of found(certificate)) index.put(names, each, {})
  due.put(tx, certificate.forgetAt, certificate.serial)
}

export const findCertificate = (tx: Tx, serial: string): Promise<SignedCertificate | undefined> =>
  certificates.get(tx, serial)

/** Records that a certificate is revoked. */
export const markRevoked = (tx: Tx, certificate: SignedCertificate, at: number): void =>
  certificates.put(tx, certificate.serial, { ...certificate, revokedAt: at })

/** A page of the serials of all certificates, sorted. */
export const serials = (tx: Tx, page?: Page): Promise<readonly string[]> =>
  certificates.list(tx, '', page)

/** A page of the serials of certificates with a value in an index, sorted. */
export const serialsBy = (
  place: Place,
  [by, value]: readonly [Index, string],
  page?: Page,
): Promise<readonly string[]> =>
  index.list(namesOf(place), { folder: `${by}/`, text: value, below: '/' }, page)

/** Whether the record itself has the value by which it was found: names in the store are not authenticated. */
export const isFoundBy = (certificate: SignedCertificate, by: Index, value: string): boolean =>
  valuesOf(certificate).some(each => each[0] === by && each[1] === value)

/** Deletes at most `limit` certificates that are due. Returns those that it has deleted. */
export async function forgetOld(
  place: Place,
  now: Date,
  limit: number,
): Promise<readonly SignedCertificate[]> {
  const { tx } = place
  const names = namesOf(place)
  const forgotten: SignedCertificate[] = []
  const dueAt = async (serial: string) => [(await certificates.get(tx, serial))?.forgetAt]
  for (const serial of await due.overdue(tx, { now, limit, dueAt })) {
    const certificate = await certificates.take(tx, serial)
    if (!certificate) continue
    forgotten.push(certificate)
    for (const each of found(certificate)) index.delete(names, each)
    due.delete(tx, certificate.forgetAt, serial)
  }
  return forgotten
}

/** Renames index entries that an older version has written to the names that this one uses. */
export const moveFound = (place: Place, limit: number): Promise<Moved> =>
  index.move(namesOf(place), limit, async (_, name) => {
    const serial = name.slice(name.lastIndexOf('/') + 1)
    const certificate = await untampered(certificates.get(place.tx, serial))
    return certificate && found(certificate)
  })

/** Its index entries. */
const found = (certificate: SignedCertificate): readonly Named[] =>
  valuesOf(certificate).map(([by, text]) => ({
    folder: `${by}/`,
    text,
    below: `/${certificate.serial}`,
  }))

function valuesOf(certificate: SignedCertificate): readonly (readonly [Index, string])[] {
  const { keyId, principals, fingerprint, role, entity, creator, issuer } = certificate
  return [
    ['key_id', keyId],
    ...principals.map(principal => ['principal', principal] as const),
    ['fingerprint', fingerprint],
    ['role', role],
    ...(entity === undefined ? [] : [['entity', entity] as const]),
    ...(creator === undefined ? [] : [['creator', creator] as const]),
    ['issuer', issuer],
  ]
}
