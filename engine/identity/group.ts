/** Entities that belong together. Those of an external group are told by an auth method at every login. */
export interface Group {
  readonly id: string
  /** Unique, in any case of its letters. */
  readonly name: string
  readonly type: 'internal' | 'external'
  readonly metadata: Readonly<Record<string, string>>
  readonly policies: readonly string[]
  /** Ids of the entities in it, and of the groups all of whose members are in it. */
  readonly memberEntities: readonly string[]
  readonly memberGroups: readonly string[]
  /** What an auth method calls an external group. */
  readonly alias: GroupAlias | undefined
  /** See {@link Entity}. */
  readonly hasMembership?: true
  readonly createdAt: number
  readonly updatedAt: number
}

/** What an auth method calls an external group. */
export interface GroupAlias {
  readonly id: string
  readonly name: string
  /** Accessor of the mount of the method. */
  readonly mount: string
  readonly createdAt: number
  readonly updatedAt: number
}
