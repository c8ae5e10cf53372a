import { type Cidr, parseAddress, parseCidr } from '../../shared/address.ts'

/** Whether a token that is bound to blocks of addresses may be used from an address; one without bounds may from anywhere. */
export function isWithin(bounds: readonly string[], from: string): boolean {
  const address = parseAddress(from)
  return (
    bounds.length === 0 ||
    (address !== undefined && bounds.some(each => parseBound(each).contains(address)))
  )
}

/** Reads a block that a token is bound to; an address alone is a block of one. @throws {Invalid} */
export function parseBound(text: string): Cidr {
  const address = parseAddress(text)
  if (!address) return parseCidr(text)
  return parseCidr(`${address}/${address.includes(':') ? 128 : 32}`)
}
