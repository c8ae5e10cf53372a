/** A group of entities. The members of an external group are set by an auth method at every login. */
export interface Group {
  readonly id: string
  /** Unique, ignoring case. */
  readonly name: string
  readonly type: 'internal' | 'external'
  readonly metadata: Readonly<Record<string, string>>
  readonly policies: readonly string[]
  /** Ids of the entities and of the groups in it. */
  readonly memberEntities: readonly string[]
  readonly memberGroups: readonly string[]
  /** The name of an external group in an auth method. */
  readonly alias: GroupAlias | undefined
  /** See {@link Entity}. */
  readonly hasMembership?: true
  readonly createdAt: number
  readonly updatedAt: number
}

/** The name of an external group in an auth method. */
export interface GroupAlias {
  readonly id: string
  readonly name: string
  /** Accessor of the mount of the auth method. */
  readonly mount: string
  readonly createdAt: number
  readonly updatedAt: number
}
