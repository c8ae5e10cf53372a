import { isIPv4 } from 'node:net'
import { canonicalCidr, parseAddress } from '../../shared/address.ts'
import { Invalid } from '../../shared/invalid.ts'
import { splitList } from '../../shared/split-list.ts'

/**
 * The value of a source-address option in the form that sshd reads: comma separated addresses and blocks, without blanks, empty items, bits
 * after a prefix and netmasks. sshd refuses a certificate with a single item that it cannot read.
 * @throws {Invalid} for an item that is neither an address nor a block, and for an empty list
 */
export function sourceAddresses(text: string): string {
  const items = splitList(text).map(canonical)
  if (items.length === 0) throw new Invalid('it names no address')
  return items.join(',')
}

function canonical(item: string): string {
  const address = parseAddress(item)
  if (address) return address
  const [host = '', length = ''] = item.split('/')
  const mapped = parseAddress(host)
  try {
    // sshd sees a client of a mapped address under its IPv4 address
    if (mapped && isIPv4(mapped) && !isIPv4(host)) return canonicalCidr(mappedBlock(mapped, length))
    return canonicalCidr(isIPv4(host) && isIPv4(length) ? `${host}/${prefixOf(length)}` : item)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Invalid(`${JSON.stringify(item)} is neither an address nor a block of addresses`, {
      cause: error,
    })
  }
}

/** A block of IPv4-mapped IPv6 addresses, whose prefix has 96 more bits. */
const mappedBlock = (address: string, length: string) =>
  /^\d{1,3}$/.test(length) ? `${address}/${Number(length) - 96}` : address

/** `8` for `255.0.0.0`; the text itself, which is not a prefix, if it is not a netmask. */
function prefixOf(netmask: string): string {
  const bits = netmask
    .split('.')
    .map(part => Number(part).toString(2).padStart(8, '0'))
    .join('')
  const length = bits.indexOf('0')
  if (length < 0) return '32'
  return bits.includes('1', length) ? netmask : `${length}`
}
