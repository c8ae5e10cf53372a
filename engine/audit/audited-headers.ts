import type { Request } from '../api/request.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import type { Hasher } from './hasher.ts'
import { withoutTokens } from './redact.ts'

/** How the audit log shows a request header. */
interface HeaderRule {
  /** Its values are hashed. */
  readonly hmac: boolean
}

/** The request headers that lines show, by their names in lower case. */
export type AuditedHeaders = Readonly<Record<string, HeaderRule>>

/** One record for all, which is read together with the devices. */
const table = new Table<AuditedHeaders>('audit/')
const HEADERS = 'request-headers'

export const auditedHeaders = async (tx: Tx): Promise<AuditedHeaders> =>
  (await table.get(tx, HEADERS)) ?? {}

export const putAuditedHeaders = (tx: Tx, headers: AuditedHeaders): void =>
  table.put(tx, HEADERS, headers)

/** What a device shows of the headers of a request. Also where values are shown, tokens among them are hashed. */
export function headersOf(request: Request, audited: AuditedHeaders, hasher: Hasher): object {
  const shown = Object.entries(audited).flatMap(([name, { hmac }]) => {
    const values = request.headers?.(name)
    const show = (value: string) => (hmac ? hasher.hash(value) : withoutTokens(value, hasher))
    return values ? [[name, values.map(show)] as const] : []
  })
  return Object.fromEntries(shown)
}
