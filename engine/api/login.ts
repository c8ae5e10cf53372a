/**
 * What an auth method answers once it believes somebody. From it the server makes entity, alias and token, in the commit that
 * keeps what the handler has written.
 */
export interface Login {
  /** Who it is, in the words of the method; the same name at the same mount is the same person. */
  readonly alias: {
    readonly name: string
    readonly metadata?: Readonly<Record<string, string>>
  }
  /** Names of the groups the person is in, where the method knows: exactly these count, of those that come from its mount. */
  readonly groups?: readonly string[] | undefined
  readonly displayName: string
  /** Kept with the token, and shown in the audit log. */
  readonly metadata: Readonly<Record<string, string>>
  readonly token: TokenSettings
}

/** What a role or a user of an auth method says of the tokens that it gives. Spans are seconds, 0 where it says nothing. */
export interface TokenSettings {
  readonly policies: readonly string[]
  readonly noDefaultPolicy: boolean
  readonly ttl: number
  readonly maxTtl: number
  readonly explicitMaxTtl: number
  readonly period: number
  readonly numUses: number
  /** Blocks of addresses from which one may log in and use the token; any where it is empty. */
  readonly boundCidrs: readonly string[]
  readonly type: TokenType
}

export type TokenType = 'default' | 'service' | 'default-service'
