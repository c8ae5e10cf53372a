import type { Caller } from '../api/call.ts'
import type { Endpoint } from '../api/endpoint.ts'
import type { AuditedHeaders } from './audited-headers.ts'

/** What was found out about a request before it was performed, also when it was then refused. */
export interface RequestContext {
  readonly caller?: Caller | undefined
  readonly endpoint?: Endpoint | undefined
  readonly mount?: AuditedMount | undefined
  readonly permission?:
    | { readonly allowed: boolean; readonly granting: readonly string[] }
    | undefined
  /** Refused before anything was known of the caller: of what was sent, lines then show the size only. */
  readonly isUnknown?: true
}

/** The same, and what lines shall show besides. */
export interface AuditedRequest extends RequestContext {
  readonly headers: AuditedHeaders
}

/** What lines say of a mount. */
interface AuditedMount {
  /** Ends in `/`. */
  readonly path: string
  readonly type: string
  readonly accessor: string
  /** Names in requests, and in answers, whose values are shown as they are: the operator has said so. */
  readonly auditRequestKeys?: readonly string[]
  readonly auditResponseKeys?: readonly string[]
}
