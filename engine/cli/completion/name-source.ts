/** What a word of a command names, so that a shell can offer those that there are. */
export type NameSource =
  /** Any path of the API. */
  | 'path'
  /** `[user@]host`. */
  | 'login'
  | 'role'
  | 'host'
  | 'policy'
  /** Where a secrets engine is mounted, an authentication method, an audit device. */
  | 'mount'
  | 'auth'
  | 'audit'

/** What the words of a command name. */
export interface Named {
  /** Of its arguments, in their order. */
  readonly arguments?: readonly NameSource[]
  /** Of its flags. */
  readonly flags?: Readonly<Record<string, NameSource>>
}
