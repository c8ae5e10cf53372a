/** A request that somebody might make. */
export interface Thought {
  /** The full path. */
  readonly path: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What policies say about it. */
export interface RightsVerdict {
  readonly allowed: boolean
  readonly sudo: boolean
  /** They have a rule for the path. */
  readonly ruled: boolean
  /** They refuse it by name, or its parameters. */
  readonly denied: boolean
  /** Names of the policies that allow it. */
  readonly granting: readonly string[]
}

/** What somebody may do, for engines that explain their decisions. */
export interface Rights {
  /** Whether they may update what is at the path. */
  judge(thought: Thought): RightsVerdict
  /** Renders templates with the entity, as `render` of a call does; absent without one. */
  readonly render: ((template: string, forbidden: string) => Promise<string>) | undefined
  /** Name of the entity. */
  readonly entity: string | undefined
}
