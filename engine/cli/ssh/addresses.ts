import { lookup } from 'node:dns/promises'
import { isIPv4 } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { type IpAddress, parseAddress, withoutZone } from '../../../shared/address.ts'
import { Failure } from '../failure.ts'

/** A name without an address. */
export class UnresolvedHost extends Failure {}

/** Milliseconds for a DNS lookup. */
const LOOKUP_TIMEOUT = 10_000

/**
 * The addresses of a host, IPv4 first as in Vault's client. Credentials are for addresses, not for names.
 * @throws {Failure} if there are none
 */
export async function addressesOf(
  host: string,
  family: 4 | 6 | undefined,
): Promise<readonly IpAddress[]> {
  // the zone is for ssh only: on the host, the interface has another name
  const literal = parseAddress(withoutZone(host))
  if (literal) return [literal]
  const found = await Promise.race([resolve(host, family), late(host)])
  const addresses = [
    ...new Set(
      found.map(each => parseAddress(withoutZone(each))).filter(each => each !== undefined),
    ),
  ]
  if (addresses.length === 0)
    throw new UnresolvedHost(`Error resolving the ssh hostname: ${host} has no usable address`)
  return addresses.sort((a, b) => Number(isIPv4(b)) - Number(isIPv4(a)))
}

async function resolve(host: string, family: 4 | 6 | undefined): Promise<readonly string[]> {
  try {
    const found = await lookup(host, { all: true, order: 'verbatim', family: family ?? 0 })
    return found.map(({ address }) => address)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const hint = HINTS.find(([pattern]) => pattern.test(host))?.[1] ?? ''
    throw new UnresolvedHost(
      `Error resolving the ssh hostname: ${host} (${REASONS[reason] ?? reason})${hint}`,
    )
  }
}

const HINTS = [
  [/^[^:]+:\d+$|\]:\d+$/, '. Set the port with -p'],
  [/^\[.*\]$/, '. Write the address without brackets'],
] as const

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name servers do not answer',
}

async function late(host: string): Promise<never> {
  await wait(LOOKUP_TIMEOUT, undefined, { ref: false })
  throw new UnresolvedHost(
    `Error resolving the ssh hostname: ${host} (the name servers do not answer)`,
  )
}
