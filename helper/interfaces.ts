import { networkInterfaces } from 'node:os'
import { type IpAddress, parseAddress } from '../shared/address.ts'

/** The addresses of this host that no other host has: neither loopback nor link-local ones. */
export const interfaces = (): readonly IpAddress[] =>
  Object.values(networkInterfaces())
    .flatMap(each => each ?? [])
    .filter(({ internal, scopeid = 0 }) => !internal && scopeid === 0)
    .map(({ address }) => parseAddress(address))
    .filter(address => address !== undefined)
