import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** The limits and settings of tokens that are created with a role. Durations are in seconds, 0 for none. Contract §4.4. */
export interface TokenRole {
  readonly allowedPolicies: readonly string[]
  readonly disallowedPolicies: readonly string[]
  /** With `*` as a wildcard at the beginning, the end, or both. */
  readonly allowedPoliciesGlob: readonly string[]
  readonly disallowedPoliciesGlob: readonly string[]
  readonly allowedEntityAliases: readonly string[]
  readonly orphan: boolean
  readonly renewable: boolean
  /** Appended to the path of the token. */
  readonly pathSuffix: string
  readonly boundCidrs: readonly string[]
  readonly period: number
  readonly explicitMaxTtl: number
  readonly noDefaultPolicy: boolean
  readonly numUses: number
  /** As it was set; absent in roles of older versions. All tokens are service tokens. */
  readonly tokenType?: 'default' | 'default-service' | 'service' | undefined
}

const table = new Table<TokenRole>('token/role/')

export const findTokenRole = (tx: Tx, name: string): Promise<TokenRole | undefined> =>
  table.get(tx, name)

export const putTokenRole = (tx: Tx, name: string, role: TokenRole): void =>
  table.put(tx, name, role)

/** Deletes a role. Its tokens stay valid, but cannot be renewed any more. */
export const deleteTokenRole = (tx: Tx, name: string): void => table.delete(tx, name)

/** The names of all roles, sorted. */
export const tokenRoleNames = (tx: Tx): Promise<readonly string[]> => table.list(tx)
