import type { Naming } from '../storage/name-index.ts'
import type { Tuning } from './tuning.ts'

/** An engine at a path. */
export interface Mount {
  /** Never reused, so a new engine at an old path does not find the old one's keys. */
  readonly id: string
  /** Ends in `/`. */
  readonly path: string
  /** Where it was before: leases from then are named for these paths. */
  readonly formerPaths: readonly string[]
  readonly type: string
  readonly description: string
  readonly accessor: string
  readonly salt: string
  readonly local: boolean
  readonly sealWrap: boolean
  readonly options: Readonly<Record<string, unknown>> | null
  /** Seconds; 0 leaves it to the system. */
  readonly defaultTtl: number
  readonly maxTtl: number
  readonly listingVisibility: string
  /** Names whose values the audit log shows as they are, in requests and in answers. */
  readonly auditRequestKeys: readonly string[]
  readonly auditResponseKeys: readonly string[]
  /** None for mounts of an older version. */
  readonly tuning?: Tuning
  /** See {@link MountView}; none for mounts of an older version. */
  readonly hasRecords?: boolean
  /** Where names stand that nobody may read in the storage; none for mounts of an older version. */
  readonly naming?: Exclude<Naming, 'older'>
  /** Is being removed: answers nothing any more, and goes when its leases have ended. */
  readonly leaving: boolean
}

/** Seconds that a lease lives where neither its role nor its mount says otherwise. */
export interface Lifetimes {
  readonly defaultTtl: number
  readonly maxTtl: number
  /** The default is one that the configuration sets, and not the built-in one. */
  readonly isSet?: boolean
}
