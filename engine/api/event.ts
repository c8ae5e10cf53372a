/** An event that the metrics count, such as a refused password. */
export interface Event {
  readonly name:
    | 'otp_issued'
    | 'otp_verified'
    | 'otp_refused'
    | 'test_issued'
    | 'test_verified'
    | 'certificate_signed'
    | 'certificate_revoked'
    | 'key_installed'
    | 'krl_fetched'
  /** A word from a fixed list, never input from a client. */
  readonly reason?: string
  /** The KRL that was fetched, with the path of its mount. */
  readonly list?: { readonly mount: string; readonly version: number; readonly fetchedAt: Date }
}
