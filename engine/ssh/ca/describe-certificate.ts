import type { Call } from '../../api/call.ts'
import type { SignedCertificate } from './inventory.ts'
import { allRevokedAuthorities } from './revocations.ts'

/** What a certificate can be, as lists and reads show it. */
export const CERTIFICATE_STATES = ['valid', 'not yet valid', 'expired', 'revoked'] as const

export type CertificateState = (typeof CERTIFICATE_STATES)[number]

/** Ids of the issuers whose certificates are all revoked. */
export const revokedIssuers = async (call: Call) =>
  new Set((await allRevokedAuthorities(call)).map(({ id }) => id))

/** What a certificate is now. @param revoked ids of issuers, from {@link revokedIssuers} */
export function stateOf(
  { revokedAt, validAfter, validBefore, issuer }: SignedCertificate,
  revoked: ReadonlySet<string>,
  { now }: Call,
): CertificateState {
  const at = now.getTime() / 1000
  if (revokedAt !== undefined || revoked.has(issuer)) return 'revoked'
  if (at >= validBefore) return 'expired'
  return at < validAfter ? 'not yet valid' : 'valid'
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString()

/** What lists and reads show of a certificate besides its serial number. */
export const describeCertificate = (certificate: SignedCertificate, state: string) => ({
  state,
  cert_type: certificate.type,
  key_id: certificate.keyId,
  valid_principals: certificate.principals,
  fingerprint: certificate.fingerprint,
  key_type: certificate.keyType,
  role: certificate.role,
  issuer_id: certificate.issuer,
  entity_id: certificate.entity ?? '',
  display_name: certificate.displayName,
  accessor: certificate.accessor,
  issue_time: iso(certificate.issuedAt),
  valid_after: iso(certificate.validAfter),
  valid_before: iso(certificate.validBefore),
  revocation_time: certificate.revokedAt === undefined ? null : iso(certificate.revokedAt),
})
