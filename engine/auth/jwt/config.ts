/** The issuer whose tokens are trusted. Exactly one of the first three is set. */
export interface Config {
  readonly oidcDiscoveryUrl: string
  readonly jwksUrl: string
  /** In PEM. */
  readonly jwtValidationPubkeys: readonly string[]
  readonly oidcDiscoveryCaPem: string
  readonly jwksCaPem: string
  readonly oidcClientId: string
  readonly oidcClientSecret: string
  readonly boundIssuer: string
  readonly jwtSupportedAlgs: readonly string[]
  readonly defaultRole: string
  /** As they were set, for replies; absent in configurations of older versions. */
  readonly responseMode?: string
  readonly responseTypes?: readonly string[]
  readonly namespaceInState?: boolean
}
