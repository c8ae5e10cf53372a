/**
 * The reply of an auth method to a successful login. From it the server creates entity, alias and token, in the same commit as what the
 * handler has written.
 */
export interface Login {
  /** The name of the user or machine in this auth method. The same name at the same mount is the same entity. */
  readonly alias: {
    readonly name: string
    readonly metadata?: Readonly<Record<string, string>>
  }
  /** Names of the groups of the user, if the method knows them. They replace the memberships that earlier logins at its mount have set. */
  readonly groups?: readonly string[] | undefined
  readonly displayName: string
  /** Kept with the token, and shown in the audit log. */
  readonly metadata: Readonly<Record<string, string>>
  readonly token: TokenSettings
}

/** Settings for the tokens that an auth method issues to a user or role. Durations are in seconds; 0 is unset. */
export interface TokenSettings {
  readonly policies: readonly string[]
  readonly noDefaultPolicy: boolean
  readonly ttl: number
  readonly maxTtl: number
  readonly explicitMaxTtl: number
  readonly period: number
  readonly numUses: number
  /** CIDR blocks from which clients may log in and use the token; empty for any address. */
  readonly boundCidrs: readonly string[]
  readonly type: TokenType
}

export type TokenType = 'default' | 'service' | 'default-service'
