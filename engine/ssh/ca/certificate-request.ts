import type { PublicKey } from '../../openssh/public-key.ts'
import type { CaRole } from '../role/role.ts'

/** A request for a certificate, and all that the decision depends on. */
export interface CertificateRequest {
  readonly role: CaRole
  readonly roleName: string
  readonly key: PublicKey
  /** As it was sent: `user`, `host`, or anything else. */
  readonly type: string
  /** Empty for the role's. */
  readonly keyId: string
  /** Comma separated; empty for the role's. */
  readonly principals: string
  /** Seconds; 0 for the role's. */
  readonly ttl: number
  readonly criticalOptions: Readonly<Record<string, unknown>>
  readonly extensions: Readonly<Record<string, unknown>>
  /** Name of the caller's token, for key ids. */
  readonly displayName: string
  /** Seconds. */
  readonly mount: { readonly defaultTtl: number; readonly maxTtl: number }
  readonly now: Date
}
