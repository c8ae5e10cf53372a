import { Table } from '../../storage/table.ts'
import type { Role } from './role.ts'

export const roles = new Table<Role>('roles/', { cached: true })
export const config = new Table<{ readonly roles: readonly string[] }>('config/', {
  cached: true,
})

/** The record of `config` with the roles that cover every address. */
export const ZERO_ADDRESS = 'zeroaddress'
