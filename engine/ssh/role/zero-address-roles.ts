import type { Tx } from '../../storage/transact.ts'
import { config, ZERO_ADDRESS } from './role-table.ts'

/** The names of the roles that cover every address. */
export async function zeroAddressRoles(tx: Tx): Promise<readonly string[]> {
  return (await config.get(tx, ZERO_ADDRESS))?.roles ?? []
}
