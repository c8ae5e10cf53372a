import { type Cidr, parseAddress } from '../../shared/address.ts'
import { boolean, integer, list, oneOf } from '../../shared/field.ts'
import type { Invalid } from '../../shared/invalid.ts'
import type { Settings } from '../../shared/settings.ts'
import type { ListenOptions } from '../http/listen.ts'
import { parseBound } from '../token/bound-cidrs.ts'

/** The limits of a listener for connections, and the load balancers that it trusts. */
export type ListenerSettings = Required<Pick<ListenOptions, 'forwarded' | 'proxy' | 'limits'>>

const MOST_CONNECTIONS = 65_536

/** Keys of the table `[listener]` besides address and certificate. Those of load balancers are Vault's. */
export const listenerFields = {
  max_connections: integer({
    default: 4096,
    description: 'Maximum number of concurrent connections.',
  }),
  max_connections_per_source: integer({
    default: 512,
    description:
      'Maximum number of concurrent connections of one source: an IPv4 address, or the /64 network of an IPv6 address.',
  }),
  x_forwarded_for_authorized_addrs: list({
    default: [],
    description: 'Addresses and blocks of load balancers whose X-Forwarded-For is trusted.',
  }),
  x_forwarded_for_hop_skips: integer({
    default: 0,
    description: 'Number of addresses at the end of X-Forwarded-For to skip.',
  }),
  x_forwarded_for_reject_not_present: boolean({
    default: true,
    description: 'Refuses requests without X-Forwarded-For, other than for sys/health.',
  }),
  x_forwarded_for_reject_not_authorized: boolean({
    default: true,
    description:
      'Refuses requests with X-Forwarded-For from elsewhere; otherwise the header is ignored.',
  }),
  proxy_protocol_behavior: oneOf(
    'allow_authorized',
    'deny_unauthorized',
    'use_always',
  )({
    description: 'Whether the PROXY protocol is accepted from load balancers.',
  }),
  proxy_protocol_authorized_addrs: list({
    default: [],
    description: 'Addresses and blocks of load balancers whose PROXY protocol is trusted.',
  }),
}

type ListenerValues = Settings<typeof listenerFields>
type Wrong = (problem: string) => Invalid

/** Reads the table `[listener]`. @throws {Invalid} made by `wrong` */
export function readListener(given: ListenerValues, wrong: Wrong): ListenerSettings {
  const { max_connections: connections, max_connections_per_source: perSource } = given
  if (connections < 1 || connections > MOST_CONNECTIONS)
    throw wrong(`"max_connections" must be from 1 to ${MOST_CONNECTIONS}`)
  if (perSource < 1) throw wrong('"max_connections_per_source" must be at least 1')
  return {
    limits: { connections, perSource: Math.min(perSource, connections) },
    forwarded: forwardedIn(given, wrong),
    proxy: proxyIn(given, wrong),
  }
}

function forwardedIn(given: ListenerValues, wrong: Wrong): ListenerSettings['forwarded'] {
  const { x_forwarded_for_hop_skips: hopSkips } = given
  if (hopSkips < 0) throw wrong('"x_forwarded_for_hop_skips" cannot be negative')
  const isAuthorized = addressesIn('x_forwarded_for_authorized_addrs', given, wrong)
  if (!isAuthorized && hopSkips > 0)
    throw wrong('"x_forwarded_for_hop_skips" needs "x_forwarded_for_authorized_addrs"')
  return (
    isAuthorized && {
      isAuthorized,
      hopSkips,
      rejectNotPresent: given.x_forwarded_for_reject_not_present,
      rejectNotAuthorized: given.x_forwarded_for_reject_not_authorized,
    }
  )
}

function proxyIn(given: ListenerValues, wrong: Wrong): ListenerSettings['proxy'] {
  const { proxy_protocol_behavior: behavior } = given
  if (behavior === 'use_always')
    throw wrong(
      '"proxy_protocol_behavior" cannot be "use_always": any client could then claim any address. List the load balancers in "proxy_protocol_authorized_addrs" and set "deny_unauthorized", or "allow_authorized" if other clients connect, too',
    )
  const isAuthorized = addressesIn('proxy_protocol_authorized_addrs', given, wrong)
  if ((behavior === undefined) !== (isAuthorized === undefined))
    throw wrong(
      '"proxy_protocol_behavior" and "proxy_protocol_authorized_addrs" require each other: set both or neither',
    )
  return isAuthorized && { isAuthorized, denyUnauthorized: behavior === 'deny_unauthorized' }
}

type Addresses = 'x_forwarded_for_authorized_addrs' | 'proxy_protocol_authorized_addrs'

/** A test for the addresses under a key; undefined if the key is absent. */
function addressesIn(key: Addresses, given: ListenerValues, wrong: Wrong) {
  const blocks = given[key].map(text => {
    const block = blockIn(text, problem => wrong(`"${key}": ${problem}`))
    if (block.length === 0)
      throw wrong(`"${key}": ${text} covers every address, so any client could claim any address`)
    return block
  })
  if (blocks.length === 0) return undefined
  return (text: string) => {
    const address = parseAddress(text)
    return address !== undefined && blocks.some(block => block.contains(address))
  }
}

function blockIn(text: string, wrong: Wrong): Cidr {
  try {
    return parseBound(text)
  } catch {
    throw wrong(`${JSON.stringify(text)} is neither an IP address nor a block of them`)
  }
}
