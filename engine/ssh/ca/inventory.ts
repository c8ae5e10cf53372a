import { createHash } from 'node:crypto'
import { Due } from '../../storage/due-index.ts'
import type { Page } from '../../storage/store.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'

/** What is kept of a certificate that was signed. Times are seconds since 1970. */
export interface SignedCertificate {
  /** 16 hexadecimal digits. */
  readonly serial: string
  readonly type: 'user' | 'host'
  readonly keyId: string
  readonly principals: readonly string[]
  /** Of the key that it is for: `SHA256:…` */
  readonly fingerprint: string
  readonly keyType: string
  readonly role: string
  /** Id of the issuer. */
  readonly issuer: string
  /** Of the token that asked for it. */
  readonly accessor: string
  readonly displayName: string
  /** Id of the entity that asked for it; none if nobody had logged in. */
  readonly entity: string | undefined
  readonly issuedAt: number
  readonly validAfter: number
  readonly validBefore: number
  /** When it was revoked by itself or with others like it. */
  readonly revokedAt: number | undefined
  /** When it is taken out of the inventory, in milliseconds since 1970. */
  readonly forgetAt: number
}

/** By what certificates are found. */
export const INDEXES = ['key_id', 'principal', 'fingerprint', 'role', 'entity', 'issuer'] as const

export type Index = (typeof INDEXES)[number]

const certificates = new Table<SignedCertificate>('certificate/serial/')
const index = new Table<object>('certificate/by/')
const due = new Due('certificate/due/')

/** Writes down a certificate, in the transaction that hands it out. */
export function record(tx: Tx, certificate: SignedCertificate): void {
  certificates.put(tx, certificate.serial, certificate)
  for (const key of indexKeys(certificate)) index.put(tx, key, {})
  due.put(tx, certificate.forgetAt, certificate.serial)
}

export const findCertificate = (tx: Tx, serial: string): Promise<SignedCertificate | undefined> =>
  certificates.get(tx, serial)

/** Notes that a certificate is revoked. */
export const markRevoked = (tx: Tx, certificate: SignedCertificate, at: number): void =>
  certificates.put(tx, certificate.serial, { ...certificate, revokedAt: at })

/** Serials of all certificates, a page of them, sorted. */
export const serials = (tx: Tx, page?: Page): Promise<readonly string[]> =>
  certificates.list(tx, '', page)

/** Serials of the certificates that have a value, a page of them, sorted. */
export const serialsBy = (
  tx: Tx,
  by: Index,
  value: string,
  page?: Page,
): Promise<readonly string[]> => index.list(tx, `${by}/${digest(value)}/`, page)

/** Whether the certificate itself says that it has the value by which it was found: names are not authenticated. */
export const isFoundBy = (certificate: SignedCertificate, by: Index, value: string): boolean =>
  indexKeys(certificate).includes(`${by}/${digest(value)}/${certificate.serial}`)

/** Forgets at most `limit` certificates whose time has come. Gives those that it has forgotten. */
export async function forgetOld(
  tx: Tx,
  now: Date,
  limit: number,
): Promise<readonly SignedCertificate[]> {
  const forgotten: SignedCertificate[] = []
  const dueAt = async (serial: string) => [(await certificates.get(tx, serial))?.forgetAt]
  for (const serial of await due.overdue(tx, { now, limit, dueAt })) {
    const certificate = await certificates.take(tx, serial)
    if (!certificate) continue
    forgotten.push(certificate)
    for (const key of indexKeys(certificate)) index.delete(tx, key)
    due.delete(tx, certificate.forgetAt, serial)
  }
  return forgotten
}

function indexKeys(certificate: SignedCertificate): readonly string[] {
  const { serial, keyId, principals, fingerprint, role, entity, issuer } = certificate
  const values: readonly (readonly [Index, string | undefined])[] = [
    ['key_id', keyId],
    ...principals.map(principal => ['principal', principal] as const),
    ['fingerprint', fingerprint],
    ['role', role],
    ['entity', entity],
    ['issuer', issuer],
  ]
  return values.flatMap(([by, value]) =>
    value === undefined ? [] : [`${by}/${digest(value)}/${serial}`],
  )
}

/** Values hold slashes and all else, and keys of the store are not encrypted. */
const digest = (value: string) => createHash('sha256').update(value).digest('hex').slice(0, 32)
