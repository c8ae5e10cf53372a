import { type Cidr, type IpAddress, parseCidr } from '../../shared/address.ts'
import { Cache } from '../../shared/cache.ts'
import { Invalid } from '../../shared/invalid.ts'
import { splitList } from '../../shared/split-list.ts'
import { ApiError } from '../api/errors.ts'
import type { Role } from './role.ts'

/** Blocks that were read, by their texts: the same few roles are asked for again and again. */
const blocks = new Cache<Cidr>(1000)

/** Whether one of the blocks in a role's list holds `ip`. Items are trimmed, unlike in Vault. @throws {Invalid} for an item that is no block */
export const covers = (cidrs: string, ip: IpAddress): boolean =>
  splitList(cidrs).some(cidr => blocks.get(cidr, () => parseCidr(cidr)).contains(ip))

/** @throws {ApiError} invalid, if the role reaches no such address */
export function requireCovered(role: Role, ip: IpAddress): void {
  try {
    if (covers(role.cidrList, ip) && !covers(role.excludeCidrList, ip)) return
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new ApiError('invalid', `Error validating IP: ${error.message}`, { cause: error })
  }
  throw new ApiError('invalid', 'Error validating IP: IP does not belong to role')
}
