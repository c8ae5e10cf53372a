import { parseAddress } from '../../../shared/address.ts'
import { boolean, integer, string } from '../../../shared/field.ts'
import { shown } from '../../../shared/printable.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { summarizeHost } from './host-paths.ts'
import { findHost, type Host, type HostIndex, hostNames, hostNamesBy } from './hosts.ts'

const LIMIT = 1000

/** Hosts that one request looks at to find a page, at the most. */
const LOOKED_AT = 10_000

/** `hosts`: the hosts of this mount. */
export const hostList = endpoint({
  path: 'hosts',
  summary: 'Lists and searches the hosts.',
  description:
    'Answers with names, sorted, a page at a time: "after" is the last one of the page before; "next" says where to go on, if the search stopped early. Several conditions must all be met.',
  fields: {
    address: string({ default: '', description: 'Only hosts that have this address.' }),
    group: string({ default: '', description: 'Only hosts of this group.' }),
    disabled: boolean({ description: 'Only hosts that are disabled, or only those that are not.' }),
    after: string({ default: '', description: 'Begins the page behind this name.' }),
    limit: integer({ default: LIMIT, description: 'The most hosts of a page.' }),
  },
  operations: {
    list: async function listHosts({ after, limit, address, group, disabled }, call) {
      if (limit < 1 || limit > 10 * LIMIT)
        throw new ApiError('invalid', `limit must be from 1 to ${10 * LIMIT}`)
      const wanted = { address: canonical(address), group: group.toLowerCase(), disabled }
      const { found, next } = await matching(wanted, { after, limit }, call)
      if (found.length === 0 && next === undefined) throw new ApiError('missing')
      return {
        data: {
          keys: found.map(({ name }) => name),
          key_info: Object.fromEntries(found.map(host => [host.name, summarizeHost(host)])),
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

interface Wanted {
  /** Empty where every one fits. */
  readonly address: string
  readonly group: string
  readonly disabled: boolean | undefined
}

/** At most one page, found by the condition that the fewest hosts share. */
async function matching(
  wanted: Wanted,
  { after: begin, limit }: { readonly after: string; readonly limit: number },
  call: Call,
): Promise<{ readonly found: readonly Host[]; readonly next?: string }> {
  const found: Host[] = []
  const by = indexFor(wanted)
  const isAny = !by && wanted.disabled === undefined
  let [after, lookedAt] = [begin, 0]
  while (lookedAt < LOOKED_AT) {
    // without a condition, each one read is one of the page
    const page = { after, limit: isAny ? Math.min(limit - found.length, LIMIT) : LIMIT }
    const names = by ? await hostNamesBy(call, by, page) : await hostNames(call.tx, page)
    // all at once: a database answers many reads in the time of one
    const hosts = await Promise.all(names.map(name => findHost(call.tx, name)))
    found.push(...hosts.filter(host => host !== undefined).filter(host => meets(host, wanted)))
    if (found.length >= limit) return { found: found.slice(0, limit) }
    const last = names.at(-1)
    if (last === undefined) return { found }
    after = last
    lookedAt += names.length
  }
  return { found, next: after }
}

function indexFor({ address, group }: Wanted): readonly [HostIndex, string] | undefined {
  if (address !== '') return ['address', address]
  return group === '' ? undefined : ['group', group]
}

// names of index entries are not authenticated, so the record itself must say it
const meets = ({ addresses, groups, disabled: off }: Host, wanted: Wanted): boolean =>
  (wanted.address === '' || addresses.includes(wanted.address)) &&
  (wanted.group === '' || groups.includes(wanted.group)) &&
  (wanted.disabled === undefined || wanted.disabled === (off !== undefined))
