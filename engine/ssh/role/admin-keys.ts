import { Table } from '../../storage/table.ts'

/** A key with which roles of type dynamic log in to hosts. */
export interface AdminKey {
  /** PKCS#8 in PEM. */
  readonly privateKey: string
  /** Public keys of the hosts that it is for, one line each. */
  readonly hostKeys: readonly string[]
}

export const adminKeys = new Table<AdminKey>('keys/')
