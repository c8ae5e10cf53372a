import { type Cidr, type IpAddress, parseCidr } from './address.ts'

/** Addresses that many hosts have at the same time. An IPv4 address mapped into IPv6 has become that IPv4 address before. */
const COMMON: readonly Cidr[] = [
  // this host, loopback, link-local, multicast, broadcast: RFC 6890, RFC 5771
  ...['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '255.255.255.255/32'],
  // unspecified, loopback, link-local, multicast: RFC 4291
  ...['::/128', '::1/128', 'fe80::/10', 'ff00::/8'],
].map(parseCidr)

/**
 * Whether an address can stand for one host. An address that many hosts have cannot, unless a block of the administrator's contains it
 * and lies wholly among such addresses: `127.0.0.0/8` means loopback, `0.0.0.0/0` does not.
 */
export function namesOneHost(address: IpAddress, blocks: readonly Cidr[] = []): boolean {
  const common = COMMON.find(each => each.contains(address))
  return !common || blocks.some(block => block.isWithin(common) && block.contains(address))
}
