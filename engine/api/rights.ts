/** A request that somebody might make. */
export interface Thought {
  /** The full path. */
  readonly path: string
  /** Undefined for whether there are parameters with which it is allowed. */
  readonly data: Readonly<Record<string, unknown>> | undefined
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
  /** Whether they have a capability on any path below the prefix, which ends in `/`. */
  reaches(prefix: string): boolean
  /** Names of all policies there are that allow to update what is at one of the paths, by a rule without a template. Sorted. */
  policiesAllowing(thoughts: readonly Thought[]): Promise<readonly string[]>
  /** Renders templates with the entity, as `render` of a call does; absent without one. */
  readonly render: ((template: string, forbidden: string) => Promise<string>) | undefined
  /** Name of the entity. */
  readonly entity: string | undefined
}
