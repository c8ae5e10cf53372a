import type { Snapshot } from '../snapshot/snapshot.ts'
import type { CaKeys } from './ca-key-files.ts'
import type { PlanBuilder } from './plan.ts'
import type { TargetIds } from './target-ids.ts'

/** What both servers have, and what the parts of a plan share. */
export interface Import {
  readonly source: Snapshot
  readonly target: Snapshot
  readonly ids: TargetIds
  /** Private keys of CAs that the user has. */
  readonly caKeys: CaKeys
  readonly builder: PlanBuilder
}
