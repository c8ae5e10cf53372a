/** What the engine lists of an issuer. */
export interface Issuer {
  readonly issuer_name?: string
  readonly is_default?: boolean
  readonly state?: string
  readonly public_key?: string
}
