/** Whose tokens are believed. Of the first three exactly one is set. */
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
  /** As they were written, for replies; absent in what older versions have stored. */
  readonly responseMode?: string
  readonly responseTypes?: readonly string[]
  readonly namespaceInState?: boolean
}
