/** Something that happened and is worth counting, such as a password that was refused. */
export interface Event {
  readonly name:
    | 'otp_issued'
    | 'otp_verified'
    | 'otp_refused'
    | 'certificate_signed'
    | 'certificate_revoked'
    | 'key_installed'
  /** A word from a fixed list, never something that was sent. */
  readonly reason?: string
}
