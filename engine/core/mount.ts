import type { Naming } from '../storage/name-index.ts'
import type { Tuning } from './tuning.ts'

/** An engine at a path. */
export interface Mount {
  /** Never reused, so that a new mount at an old path does not find the keys of the old one. */
  readonly id: string
  /** Ends in `/`. */
  readonly path: string
  /** The paths that it had before: the ids of leases from then begin with them. */
  readonly formerPaths: readonly string[]
  readonly type: string
  readonly description: string
  readonly accessor: string
  readonly salt: string
  readonly local: boolean
  readonly sealWrap: boolean
  readonly options: Readonly<Record<string, unknown>> | null
  /** Seconds; 0 for the value of the system. */
  readonly defaultTtl: number
  readonly maxTtl: number
  readonly listingVisibility: string
  /** Keys whose values the audit log shows in plain text, in requests and in responses. */
  readonly auditRequestKeys: readonly string[]
  readonly auditResponseKeys: readonly string[]
  /** Absent for mounts of an older version. */
  readonly tuning?: Tuning
  /** See {@link MountView}; absent for mounts of an older version. */
  readonly hasRecords?: boolean
  /** How names are stored that must not be readable in the storage; absent for mounts of an older version. */
  readonly naming?: Exclude<Naming, 'older'>
  /** Is being removed: serves nothing, and is deleted once its leases have ended. */
  readonly leaving: boolean
}

/** Lifetimes of leases where neither the role nor the mount sets them, in seconds. */
export interface Lifetimes {
  readonly defaultTtl: number
  readonly maxTtl: number
  /** The default is set in the configuration, and is not the built-in one. */
  readonly isSet?: boolean
}
