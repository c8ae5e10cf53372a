import { type IpAddress, parseCidrList } from '../../../shared/address.ts'
import { type AddressCount, countAddresses } from '../../../shared/address-count.ts'
import { attempt } from '../../../shared/result.ts'
import { splitList } from '../../../shared/split-list.ts'
import type { Client } from '../client.ts'
import { columns } from '../table.ts'
import { shownRole } from './shown-role.ts'

/** The addresses that a role covers. */
interface Reach {
  readonly blocks: readonly string[]
  readonly excluded: readonly string[]
  readonly count: AddressCount
}

/**
 * Lists roles that cover some addresses, a line each, with the number of addresses of each role that the caller may read. A role whose
 * blocks contain none of the addresses covers every address, by config/zeroaddress.
 */
export async function roleChoices(
  client: Client,
  mount: string,
  {
    roles,
    addresses,
  }: { readonly roles: readonly string[]; readonly addresses: readonly IpAddress[] },
): Promise<string> {
  const rows = await Promise.all(
    roles.map(async role => {
      const reach = await reachOf(client, mount, role)
      if (!reach) return [role]
      const list = parseCidrList(reach.blocks)
      const own = addresses.some(address => list.contains(address))
      return [role, own ? `blocks of ${wordsFor(reach.count)}` : 'every address']
    }),
  )
  return columns(rows, '    ').replace(/^/gm, '  ')
}

/** The addresses that a role covers, for a user who asked for another one; `undefined` if the caller may not read the role. */
export async function whyUnreached(
  client: Client,
  mount: string,
  role: string,
): Promise<string | undefined> {
  const reach = await reachOf(client, mount, role)
  if (!reach) return undefined
  const { blocks, excluded, count } = reach
  const name = JSON.stringify(role)
  if (blocks.length === 0) return `The role ${name} reaches no address: it has no cidr_list.`
  if (count.four + count.six === 0n)
    return `The role ${name} reaches no address: its exclude_cidr_list contains all of its cidr_list.`
  const without = excluded.length > 0 ? `, without ${listed(excluded)}` : ''
  return `The role ${name} reaches ${wordsFor(count)}: ${listed(blocks)}${without}.`
}

async function reachOf(client: Client, mount: string, role: string): Promise<Reach | undefined> {
  const data = await shownRole(client, mount, role)
  // a role that signs certificates has no addresses
  if (!data || data.key_type === 'ca') return undefined
  const blocks = splitList(String(data.cidr_list ?? ''))
  const excluded = splitList(String(data.exclude_cidr_list ?? ''))
  // another server may have stored invalid blocks
  const count = await attempt(() => countAddresses(blocks, excluded))
  return count.ok ? { blocks, excluded, count: count.value } : undefined
}

/** Maximum number of blocks to print. */
const SHOWN = 5

const listed = (blocks: readonly string[]) =>
  blocks.slice(0, SHOWN).join(', ') + (blocks.length > SHOWN ? ', …' : '')

function wordsFor({ four, six }: AddressCount): string {
  const parts = [
    ...(four > 0n ? [`${numberOf(four)} IPv4`] : []),
    ...(six > 0n ? [`${numberOf(six)} IPv6`] : []),
  ]
  return parts.length === 0
    ? 'no addresses'
    : `${parts.join(' and ')} ${four + six === 1n ? 'address' : 'addresses'}`
}

/** `65,536`, or `about 1.8E19` for a number of many digits. */
const numberOf = (count: bigint): string =>
  count < 10n ** 12n
    ? new Intl.NumberFormat('en').format(count)
    : `about ${new Intl.NumberFormat('en', { notation: 'scientific', maximumFractionDigits: 1 }).format(count)}`
