import { type CidrList, type IpAddress, parseCidrList } from '../../../shared/address.ts'
import { namesOneHost } from '../../../shared/common-addresses.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { Cache } from '../../../shared/lru.ts'
import { splitList } from '../../../shared/split-list.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import type { CaRole, Role } from './role.ts'

/** The most blocks of a role's list: enough for the networks of a large company, few enough to search on every request. */
const MOST_BLOCKS = 1000

/** Compiled lists, by their whole texts: requests use the same few roles. */
const lists = new Cache<CidrList>(256)

// items are trimmed, unlike in Vault
const compiled = (cidrs: string): CidrList =>
  lists.get(cidrs, () => parseCidrList(splitList(cidrs)))

/** @throws {ApiError} invalid, if the list of blocks is malformed or too long */
export function requireBlocks(cidrs: string, complaint: string): void {
  const { blocks } = parseAs(`${complaint}: `, () => compiled(cidrs))
  if (blocks.length <= MOST_BLOCKS) return
  throw new ApiError(
    'invalid',
    `${complaint}: it has more than ${MOST_BLOCKS} blocks; larger ones hold more addresses`,
  )
}

/**
 * Whether a role's list of blocks covers an address. An address that many hosts have, such as 127.0.0.1, is only covered by a block of
 * nothing but such addresses.
 * @throws {Invalid} for an item that is not a block
 */
export function reaches(cidrs: string, ip: IpAddress): boolean {
  const list = compiled(cidrs)
  return list.contains(ip) && namesOneHost(ip, list.blocks)
}

type Addresses = Pick<Exclude<Role, CaRole>, 'cidrList' | 'excludeCidrList'>

/** The blocks that a role issues credentials for; certificates are not bound to addresses. */
export const addressesOf = (role: Role): Addresses =>
  role.keyType === 'ca' ? { cidrList: '', excludeCidrList: '' } : role

/** @throws {ApiError} invalid, if a role with these blocks does not cover the address */
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
