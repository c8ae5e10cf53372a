import { type IpAddress, parseCidrList } from '../../../shared/address.ts'
import { type AddressCount, countAddresses } from '../../../shared/address-count.ts'
import { attempt } from '../../../shared/result.ts'
import { splitList } from '../../../shared/split-list.ts'
import type { Client } from '../client.ts'
import type { JsonObject } from '../envelope.ts'
import { columns } from '../table.ts'
import { shownRole } from './shown-role.ts'

/** The addresses and the enrolled hosts that a role covers. */
interface Reach {
  readonly blocks: readonly string[]
  readonly excluded: readonly string[]
  readonly count: AddressCount
  /** Patterns of names and of groups; empty for none. */
  readonly hosts: string
}

/**
 * Lists roles that cover some addresses or a host, a line each, with what each role covers that the caller may read. A role that names no
 * hosts, and whose blocks contain none of the addresses, covers every address, by config/zeroaddress.
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
      if (own) return [role, `blocks of ${wordsFor(reach.count)}`]
      return [role, reach.hosts || 'every address']
    }),
  )
  return columns(rows, '    ').replace(/^/gm, '  ')
}

interface Unreached {
  readonly mount: string
  readonly role: string
  /** Whether the user has named a host for the engine. */
  readonly isHostNamed: boolean
}

/** What a role covers, for a user who asked for something else; `undefined` if the caller may not read the role. */
export async function whyUnreached(
  client: Client,
  { mount, role, isHostNamed }: Unreached,
): Promise<string | undefined> {
  const reach = await reachOf(client, mount, role)
  if (!reach) return undefined
  const byAddress = addressesIn(reach, JSON.stringify(role))
  if (reach.hosts === '') return isHostNamed ? `${byAddress} Leave out -host.` : byAddress
  const named = `The role ${JSON.stringify(role)} reaches enrolled ${reach.hosts}. Name one as the engine does: -host=NAME.`
  return reach.blocks.length === 0 ? named : `${named} ${byAddress}`
}

function addressesIn({ blocks, excluded, count }: Reach, name: string): string {
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
  return count.ok ? { blocks, excluded, count: count.value, hosts: hostsIn(data) } : undefined
}

/** `hosts web-*` and, or only, `hosts of the groups db`; empty if the role names none. */
function hostsIn({ hosts, host_groups: groups }: JsonObject): string {
  const [names, ofGroups] = [hosts, groups].map(text => splitList(String(text ?? '')))
  return [
    ...(names?.length ? [`hosts ${listed(names)}`] : []),
    ...(ofGroups?.length ? [`hosts of the groups ${listed(ofGroups)}`] : []),
  ].join(' and ')
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
