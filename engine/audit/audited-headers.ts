import type { Request } from '../api/request.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import type { Hasher } from './hasher.ts'
import { withoutTokens } from './redact.ts'

/** How the audit log shows a request header. */
interface HeaderRule {
  /** Hash its values. */
  readonly hmac: boolean
}

/** The request headers that lines show, by their names in lower case. */
export type AuditedHeaders = Readonly<Record<string, HeaderRule>>

/** One record for all headers. It is read together with the devices. */
const table = new Table<AuditedHeaders>('audit/')
const HEADERS = 'request-headers'

export const auditedHeaders = async (tx: Tx): Promise<AuditedHeaders> =>
  (await table.get(tx, HEADERS)) ?? {}

export const putAuditedHeaders = (tx: Tx, headers: AuditedHeaders): void =>
  table.put(tx, HEADERS, headers)

/** The audited headers of a request. Tokens are hashed even in headers whose values are shown. */
export function headersOf(request: Request, audited: AuditedHeaders, hasher: Hasher): object {
  const shown = Object.entries(audited).flatMap(([name, { hmac }]) => {
    const values = request.headers?.(name)
    const show = (value: string) => (hmac ? hasher.hash(value) : withoutTokens(value, hasher))
    return values ? [[name, values.map(show)] as const] : []
  })
  return Object.fromEntries(shown)
}
