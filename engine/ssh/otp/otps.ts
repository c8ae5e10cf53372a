import { createHash } from 'node:crypto'
import type { Secret } from '../../../shared/secret.ts'
import { Table } from '../../storage/table.ts'

/** What a one-time password stands for. Kept under the hash of the password, never under the password. */
export interface Otp {
  readonly role: string
  readonly username: string
  readonly ip: string
  /** The lease that ends when the password is used. */
  readonly lease: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** How often it was presented for a login it was not made for. */
  readonly misses: number
}

export const otps = new Table<Otp>('otp/')

/** Under which a one-time password is stored: SHA-256 over the mount's salt and the password, in hex. Contract §2.4. */
export const hashOf = (salt: string, otp: Secret): string =>
  createHash('sha256').update(salt).update(otp.reveal()).digest('hex')
