import type { IpAddress } from '../../../shared/address.ts'

/** A key on a host: all that it takes to put it there or take it away. */
export interface InstalledKey {
  readonly ip: IpAddress
  readonly port: number
  readonly username: string
  /** `type base64` */
  readonly publicKey: string
  /** Options as in authorized_keys, each read and written anew. */
  readonly options: readonly string[]
  /** Comment of the line, without spaces, by which it is known whose it is. */
  readonly marker: string
  /** Empty for the built-in one. */
  readonly script: string
  /** Seconds that the script may take. */
  readonly timeout: number
  /** A host that would not end the key by itself is refused. Absent in leases of older versions. */
  readonly requireExpiry?: boolean
}
