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
