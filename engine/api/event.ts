/** Something that happened and is worth counting, such as a password that was refused. */
export interface Event {
  readonly name:
    | 'otp_issued'
    | 'otp_verified'
    | 'otp_refused'
    | 'certificate_signed'
    | 'certificate_revoked'
    | 'key_installed'
    | 'krl_fetched'
  /** A word from a fixed list, never something that was sent. */
  readonly reason?: string
  /** The list of revoked keys that was asked for, of a mount, which an operator has named. */
  readonly list?: { readonly mount: string; readonly version: number; readonly fetchedAt: Date }
}
