/** What the inventory knows of a certificate. Times are in ISO 8601. */
export interface CertificateRecord {
  readonly serial_number: string
  readonly state: string
  readonly cert_type: string
  readonly key_id: string
  readonly valid_principals: readonly string[]
  readonly fingerprint: string
  readonly key_type: string
  readonly role: string
  readonly issuer_id: string
  readonly display_name: string
  readonly issue_time: string
  readonly valid_after: string
  readonly valid_before: string | null
  readonly revocation_time: string | null
}
