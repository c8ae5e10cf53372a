import { Table } from '../../storage/table.ts'
import type { Role } from './role.ts'

export const roles = new Table<Role>('roles/', { recalled: true })
export const config = new Table<{ readonly roles: readonly string[] }>('config/', {
  recalled: true,
})

/** The record of `config` with the roles that cover every address. */
export const ZERO_ADDRESS = 'zeroaddress'
