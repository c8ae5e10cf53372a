import type { IncomingMessage } from 'node:http'
import { parseAddress } from '../../shared/address.ts'
import { ApiError } from '../api/errors.ts'
import { valuesIn } from './headers.ts'
import type { Peer } from './proxy-protocol.ts'

/** When the header X-Forwarded-For is trusted. As the keys `x_forwarded_for_…` of Vault's listener. */
export interface ForwardedFor {
  /** Whether an address is that of a trusted load balancer. */
  readonly isAuthorized: (address: string) => boolean
  /** The number of addresses to skip at the end of the list: further balancers on the way. */
  readonly hopSkips: number
  readonly rejectNotPresent: boolean
  readonly rejectNotAuthorized: boolean
}

const HEADER = 'x-forwarded-for'

/** The path of load balancers' own requests. */
const HEALTH = 'sys/health'

interface ConnectionOrigin {
  /** Where the connection comes from. */
  readonly peer: Peer
  readonly forwarded: ForwardedFor | undefined
}

/** The client address of a request. @throws {ApiError} invalid, if X-Forwarded-For is missing, malformed or not allowed */
export function clientOf(
  message: IncomingMessage,
  path: string,
  { peer, forwarded }: ConnectionOrigin,
): Peer {
  if (!forwarded) return peer
  const hops = (valuesIn(message, HEADER) ?? []).flatMap(line => line.split(','))
  if (hops.every(hop => hop.trim() === '')) {
    if (!forwarded.rejectNotPresent || path === HEALTH) return peer
    throw new ApiError(
      'invalid',
      'missing x-forwarded-for header and configured to reject when not present',
    )
  }
  if (!forwarded.isAuthorized(peer.address)) {
    if (!forwarded.rejectNotAuthorized) return peer
    throw new ApiError(
      'invalid',
      'client address not authorized for x-forwarded-for and configured to reject connection',
    )
  }
  return { address: originOf(hops, forwarded), port: peer.port }
}

function originOf(hops: readonly string[], { hopSkips }: ForwardedFor): string {
  const hop = hops[hops.length - 1 - hopSkips]
  if (hop === undefined)
    throw new ApiError(
      'invalid',
      `malformed x-forwarded-for configuration or request, hops to skip (${hopSkips}) would skip before earliest chain link (chain length ${hops.length})`,
    )
  const address = parseAddress(withoutPort(hop.trim()))
  if (address === undefined)
    throw new ApiError('invalid', 'malformed x-forwarded-for request: not an IP address')
  return address
}

/** Some load balancers add the port. */
const withoutPort = (text: string): string =>
  /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
