import type { Caller } from '../api/call.ts'
import type { Endpoint } from '../api/endpoint.ts'
import type { AuditedHeaders } from './audited-headers.ts'

/** What is known of a request before it is performed, also if it is then refused. */
export interface RequestContext {
  readonly caller?: Caller | undefined
  readonly endpoint?: Endpoint | undefined
  readonly mount?: AuditedMount | undefined
  readonly permission?:
    | { readonly allowed: boolean; readonly granting: readonly string[] }
    | undefined
  /** Refused before the caller was authenticated: lines then show only the size of its data. */
  readonly isUnknown?: true
}

/** A request context, and the headers that lines show. */
export interface AuditedRequest extends RequestContext {
  readonly headers: AuditedHeaders
}

/** A mount, as far as lines show it. */
interface AuditedMount {
  /** Ends in `/`. */
  readonly path: string
  readonly type: string
  readonly accessor: string
  /** Names of request and reply members that the operator wants in plain. */
  readonly auditRequestKeys?: readonly string[]
  readonly auditResponseKeys?: readonly string[]
}
