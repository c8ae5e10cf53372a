import { type IpAddress, parseCidr } from '../../shared/address.ts'
import { splitList } from '../../shared/field.ts'

/** Whether one of the blocks in a role's list holds `ip`. Items are trimmed, unlike in Vault. @throws {Invalid} for an item that is no block */
export const covers = (cidrs: string, ip: IpAddress): boolean =>
  splitList(cidrs).some(cidr => parseCidr(cidr).contains(ip))
