import { parseAddress } from '../../../shared/address.ts'
import { boolean, integer, string } from '../../../shared/field.ts'
import { shown } from '../../../shared/printable.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { readInTurns } from '../../storage/read-in-turns.ts'
import { detailsOf, summarizeHost } from './host-paths.ts'
import { findHost, type Host, type HostIndex, hostNames, hostNamesBy } from './hosts.ts'
import type { SeenHosts } from './seen-hosts.ts'

const LIMIT = 1000

/** Hosts that one request looks at to find a page, at the most. */
const LOOKED_AT = 10_000

/** `hosts`: the hosts of this mount. */
export const hostList = (seen: SeenHosts) =>
  endpoint({
    path: 'hosts',
    summary: 'Lists and searches the hosts.',
    description:
      'Answers with names, sorted, a page at a time: "after" is the last one of the page before; "next" says where to go on, if the search stopped early. Several conditions must all be met.',
    fields: {
      address: string({ default: '', description: 'Only hosts that have this address.' }),
      group: string({ default: '', description: 'Only hosts of this group.' }),
      disabled: boolean({
        description: 'Only hosts that are disabled, or only those that are not.',
      }),
      prefix: string({ default: '', description: 'Only hosts whose name begins with this.' }),
      search: string({
        default: '',
        description: 'Only hosts whose name, or one of their addresses or groups, contains this.',
      }),
      detail: boolean({
        default: false,
        description: 'Whether to tell of each host what a read of it tells.',
      }),
      after: string({ default: '', description: 'Begins the page behind this name.' }),
      limit: integer({ default: LIMIT, description: 'The most hosts of a page.' }),
    },
    operations: {
      list: async function listHosts({ after, limit, detail, ...given }, call) {
        if (limit < 1 || limit > 10 * LIMIT)
          throw new ApiError('invalid', `limit must be from 1 to ${10 * LIMIT}`)
        const { found, next } = await matching(wantedBy(given), { after, limit }, call)
        if (found.length === 0 && next === undefined) throw new ApiError('missing')
        const about = async (host: Host) =>
          detail ? detailsOf(host, await seen.find(call, host.name)) : summarizeHost(host)
        const info = await readInTurns(found, async host => [host.name, await about(host)] as const)
        return {
          data: {
            keys: found.map(({ name }) => name),
            key_info: Object.fromEntries(info),
            ...(next !== undefined && { next }),
          },
          ...(next !== undefined && {
            warnings: [`There may be more: ask again with after=${next}`],
          }),
        }
      },
    },
  })

function canonical(text: string): string {
  const address = text === '' ? '' : parseAddress(text)
  if (address === undefined) throw new ApiError('invalid', `Invalid IP ${shown(text)}`)
  return address
}

/** What a host must have; texts are empty where every one fits, and in the case in which they are stored. */
interface Wanted {
  readonly address: string
  readonly group: string
  readonly prefix: string
  readonly search: string
  readonly disabled: boolean | undefined
}

const wantedBy = ({ address, group, prefix, search, disabled }: Wanted): Wanted => ({
  address: canonical(address),
  group: group.toLowerCase(),
  prefix: prefix.toLowerCase(),
  search: search.toLowerCase(),
  disabled,
})

/** At most one page, found by the condition that the fewest hosts share. */
async function matching(
  wanted: Wanted,
  { after: begin, limit }: { readonly after: string; readonly limit: number },
  call: Call,
): Promise<{ readonly found: readonly Host[]; readonly next?: string }> {
  const found: Host[] = []
  const by = indexFor(wanted)
  const isAny = !by && wanted.disabled === undefined && wanted.search === ''
  const first = before(wanted.prefix)
  let [after, lookedAt] = [begin > first ? begin : first, 0]
  while (lookedAt < LOOKED_AT) {
    // without a condition, each one read is one of the page
    const page = { after, limit: isAny ? Math.min(limit - found.length, LIMIT) : LIMIT }
    const names = by ? await hostNamesBy(call, by, page) : await hostNames(call.tx, page)
    const fitting = names.filter(name => name.startsWith(wanted.prefix))
    const hosts = await readInTurns(fitting, name => findHost(call.tx, name))
    found.push(...hosts.filter(host => host !== undefined).filter(host => meets(host, wanted)))
    if (found.length >= limit) return { found: found.slice(0, limit) }
    const last = names.at(-1)
    if (last === undefined || fitting.length < names.length) return { found }
    after = last
    lookedAt += names.length
  }
  return { found, next: after }
}

/** What is sorted before all names with this prefix, and behind those that are sorted before them. Names are ASCII without "~". */
const before = (prefix: string) =>
  prefix &&
  `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) - 1)}~`

function indexFor({ address, group }: Wanted): readonly [HostIndex, string] | undefined {
  if (address !== '') return ['address', address]
  return group === '' ? undefined : ['group', group]
}

// names of index entries are not authenticated, so the record itself must say it
const meets = ({ name, addresses, groups, disabled: off }: Host, wanted: Wanted): boolean =>
  (wanted.address === '' || addresses.includes(wanted.address)) &&
  (wanted.group === '' || groups.includes(wanted.group)) &&
  (wanted.disabled === undefined || wanted.disabled === (off !== undefined)) &&
  [name, ...addresses, ...groups].some(text => text.includes(wanted.search))
