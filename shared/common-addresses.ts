import { type Cidr, type IpAddress, parseCidr } from './address.ts'

/**
 * Addresses that many hosts have, by their canonical text: Node's BlockList takes milliseconds to load, and few logins need it. A mapped
 * IPv4 address has already become that IPv4 address.
 */
export const COMMON: readonly (readonly [string, RegExp])[] = [
  // this host, loopback, link-local, multicast, broadcast: RFC 6890, RFC 5771
  ['0.0.0.0/8', /^0\./],
  ['127.0.0.0/8', /^127\./],
  ['169.254.0.0/16', /^169\.254\./],
  ['224.0.0.0/4', /^2(?:2[4-9]|3\d)\./],
  ['255.255.255.255/32', /^255\.255\.255\.255$/],
  // unspecified, loopback, link-local, multicast: RFC 4291
  ['::/128', /^::$/],
  ['::1/128', /^::1$/],
  ['fe80::/10', /^fe[89ab][0-9a-f]:/],
  ['ff00::/8', /^ff[0-9a-f]{2}:/],
]

/**
 * Whether an address identifies one host. An address that many hosts have does not, unless one of `blocks` contains it and only such
 * addresses: `127.0.0.0/8` means loopback, `0.0.0.0/0` does not.
 */
export function namesOneHost(address: IpAddress, blocks: readonly Cidr[] = []): boolean {
  const [common] = COMMON.find(([, texts]) => texts.test(address)) ?? []
  if (common === undefined) return true
  const all = parseCidr(common)
  return blocks.some(block => block.isWithin(all) && block.contains(address))
}
