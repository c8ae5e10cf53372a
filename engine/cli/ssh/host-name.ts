import { parseAddress } from '../../../shared/address.ts'
import { HOST_NAME } from '../../../shared/host-signature.ts'
import type { KeyType } from '../../ssh/role/key-type.ts'
import { Failure } from '../failure.ts'

/**
 * The host that -host names. @throws {Failure} for a kind of credential that is for addresses, and for what is no name of a host
 */
export function hostNameOf(text: string | undefined, kind: KeyType): string | undefined {
  if (text === undefined) return undefined
  if (kind !== 'otp') throw new Failure(`-host is for one-time passwords: leave it out for ${kind}`)
  const name = text.toLowerCase()
  if (HOST_NAME.test(name) && !parseAddress(name)) return name
  throw new Failure(
    `-host is the name of an enrolled host, such as "web-1", not ${JSON.stringify(text)}`,
  )
}
