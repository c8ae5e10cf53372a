import type { IpAddress } from '../../../shared/address.ts'

/** A key on a host: all that is needed to install or remove it. */
export interface InstalledKey {
  readonly ip: IpAddress
  readonly port: number
  readonly username: string
  /** `type base64` */
  readonly publicKey: string
  /** Options of authorized_keys, parsed and re-encoded. */
  readonly options: readonly string[]
  /** Comment of the line, without spaces, which identifies its mount and lease. */
  readonly marker: string
  /** Empty for the built-in script. */
  readonly script: string
  /** Seconds that the script may run. */
  readonly timeout: number
  /** Refuse a host whose sshd does not support expiry-time. Absent in leases of older versions. */
  readonly requireExpiry?: boolean
}
