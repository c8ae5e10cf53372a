import type { Tx } from '../storage/transact.ts'
import type { DeclaredDevice } from './audit-options.ts'
import { type AuditedHeaders, auditedHeaders } from './audited-headers.ts'
import { saltFor, storedDevices } from './records.ts'

/** The devices and headers of the audit log of a node. */
interface AuditSetup {
  readonly headers: AuditedHeaders
  readonly records: readonly (DeclaredDevice & { readonly salt: string })[]
}

/** The devices that have been enabled, then those that the configuration of this node declares. */
export async function currentDevices(
  tx: Tx,
  declared: readonly DeclaredDevice[],
): Promise<AuditSetup> {
  const headers = await auditedHeaders(tx)
  const stored = await storedDevices(tx)
  const salted = declared.map(async device => ({ ...device, salt: await saltFor(tx, device.path) }))
  return { headers, records: [...stored, ...(await Promise.all(salted))] }
}
