import { type IpAddress, parseAddress } from '../shared/address.ts'
import { namesOneHost } from '../shared/common-addresses.ts'

/** The addresses of this host, without loopback and link-local ones. */
export const interfaces = (): readonly IpAddress[] =>
  // loaded only here: sshd usually passes the dialled address
  Object.values(process.getBuiltinModule('node:os').networkInterfaces())
    .flatMap(each => each ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => parseAddress(address))
    .filter(address => address !== undefined)
    .filter(address => namesOneHost(address))
