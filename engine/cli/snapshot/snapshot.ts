import type { JsonObject } from '../envelope.ts'

/** What a server has of the things that Postern serves, as far as a token may read them. Every list is sorted by path or name. */
export interface Snapshot {
  readonly clusterId: string
  readonly sshMounts: readonly SshMount[]
  /** Also that of tokens, `token/`. */
  readonly authMounts: readonly AuthMount[]
  /** The texts by name, without "root". */
  readonly policies: ReadonlyMap<string, string>
  readonly entities: readonly Entity[]
  readonly groups: readonly Group[]
  /** Paths that the token may not read. */
  readonly unreadable: readonly string[]
  /** Mounts whose type Postern does not have, and auth methods likewise. */
  readonly foreign: readonly Mount[]
}

export interface Mount {
  /** With a slash at its end; of an auth method without `auth/`. */
  readonly path: string
  readonly type: string
  readonly accessor: string
  readonly description: string
  readonly config: JsonObject
}

export interface SshMount extends Mount {
  readonly roles: ReadonlyMap<string, JsonObject>
  /** Names of the zero-address roles. */
  readonly zeroAddress: readonly string[]
  readonly issuers: readonly Issuer[]
  /** Names of the keys that install dynamic keys on hosts. */
  readonly adminKeys: readonly string[]
}

export interface Issuer {
  /** Empty on servers where a mount has one CA without an id. */
  readonly id: string
  readonly name: string
  /** One line in OpenSSH's format. */
  readonly publicKey: string
  readonly isDefault: boolean
  /** Such as `active`; empty on servers whose issuers have no states. */
  readonly state: string
}

export interface AuthMount extends Mount {
  /** What is kept below the mount by its path there, such as `users/ann`. */
  readonly records: ReadonlyMap<string, JsonObject>
  /** Number of secret ids of each approle role, by the path of the role. */
  readonly secretIds: ReadonlyMap<string, number>
}

export interface Entity {
  readonly id: string
  readonly name: string
  readonly policies: readonly string[]
  readonly metadata: JsonObject
  readonly disabled: boolean
  readonly aliases: readonly Alias[]
}

export interface Alias {
  readonly id: string
  readonly name: string
  /** Of the auth method, without `auth/`. */
  readonly mount: string
  readonly customMetadata: JsonObject
}

export interface Group {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly policies: readonly string[]
  readonly metadata: JsonObject
  /** Names of entities. */
  readonly members: readonly string[]
  /** Names of groups. */
  readonly groups: readonly string[]
  /** The group of an auth method that an external group stands for. */
  readonly alias: Omit<Alias, 'customMetadata'> | undefined
}
