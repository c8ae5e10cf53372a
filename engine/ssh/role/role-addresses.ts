import { type CidrList, type IpAddress, parseCidrList } from '../../../shared/address.ts'
import { namesOneHost } from '../../../shared/common-addresses.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { Cache } from '../../../shared/lru.ts'
import { splitList } from '../../../shared/split-list.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import type { CaRole, Role } from './role.ts'

/** Blocks of a role's list: enough for the networks of a large company, and few enough to be asked at every request. */
const MOST_BLOCKS = 1000

/** Lists that were compiled, by their whole texts: the same few roles are asked for again and again. */
const lists = new Cache<CidrList>(256)

// items are trimmed, unlike in Vault
const compiled = (cidrs: string): CidrList =>
  lists.get(cidrs, () => parseCidrList(splitList(cidrs)))

/** @throws {ApiError} invalid, if a role cannot have such a list of blocks */
export function requireBlocks(cidrs: string, complaint: string): void {
  const { blocks } = parseAs(`${complaint}: `, () => compiled(cidrs))
  if (blocks.length <= MOST_BLOCKS) return
  throw new ApiError(
    'invalid',
    `${complaint}: it has more than ${MOST_BLOCKS} blocks; larger ones hold more addresses`,
  )
}

/**
 * Whether the list of blocks of a role reaches an address. One that many hosts have, such as 127.0.0.1, is only reached by a block that
 * lies wholly among such addresses.
 * @throws {Invalid} for an item that is no block
 */
export function reaches(cidrs: string, ip: IpAddress): boolean {
  const list = compiled(cidrs)
  return list.contains(ip) && namesOneHost(ip, list.blocks)
}

type Addresses = Pick<Exclude<Role, CaRole>, 'cidrList' | 'excludeCidrList'>

/** The blocks that a role makes credentials for: certificates are for no address. */
export const addressesOf = (role: Role): Addresses =>
  role.keyType === 'ca' ? { cidrList: '', excludeCidrList: '' } : role

/** @throws {ApiError} invalid, if a role with these blocks reaches no such address */
export function requireCovered(role: Addresses, ip: IpAddress): void {
  parseAs('Error validating IP: ', () => {
    if (!compiled(role.cidrList).contains(ip) || compiled(role.excludeCidrList).contains(ip))
      throw new Invalid('IP does not belong to role')
    if (!reaches(role.cidrList, ip))
      throw new Invalid(
        `${ip} is an address that many hosts have: a block of cidr_list must contain only such addresses`,
      )
  })
}
