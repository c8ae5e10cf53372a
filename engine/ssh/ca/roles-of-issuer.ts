import type { Tx } from '../../storage/transact.ts'
import { roles } from '../role/role-table.ts'
import type { Issuer } from './issuers.ts'

/** Names of the roles that refer to the issuer by id or name. */
export async function rolesOf(tx: Tx, { id, name: called }: Issuer): Promise<readonly string[]> {
  const found: string[] = []
  for (const each of await roles.list(tx)) {
    const role = await roles.get(tx, each)
    if (role?.keyType === 'ca' && (role.issuerRef === id || (called && role.issuerRef === called)))
      found.push(each)
  }
  return found
}
