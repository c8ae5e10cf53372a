import { Table } from '../../storage/table.ts'

/** The one-time password of a test, of which a host has one at the most: the last that it has requested. */
export interface SelfTest {
  /** The salted hash of the password. */
  readonly id: string
  readonly username: string
  readonly role: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/**
 * By the name of the host. They are not among the one-time passwords of logins, so that neither a login nor a node of an older version can
 * redeem one. One that has expired stays until the next test, or until the host is deleted.
 */
export const selfTests = new Table<SelfTest>('self-test/')
