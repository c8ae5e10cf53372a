/** An entry of the audit log, as the search gives it; empty members are left out. */
export interface AuditEntry {
  readonly time: string
  readonly type: string
  /** Id of the request. */
  readonly request?: string
  readonly operation?: string
  readonly path?: string
  readonly by?: string
  readonly client?: string
  readonly role?: string
  readonly user?: string
  readonly address?: string
  readonly host?: string
  readonly outcome?: string
  readonly reason?: string
}

/** One part of a search, the newest entries first. */
export interface AuditPart {
  readonly file: string
  /** The process whose file it is. */
  readonly process: { readonly node: string; readonly pid: number; readonly worker?: number }
  readonly entries: readonly AuditEntry[]
  /** Where the search goes on; undefined at the beginning of the file. */
  readonly next?: string
  readonly chain: {
    readonly state: 'verified' | 'verifying' | 'broken' | 'unknown'
    /** How many lines are verified. */
    readonly lines: number
    readonly problem?: string
  }
}
