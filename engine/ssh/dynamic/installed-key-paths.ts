import { parseAddress } from '../../../shared/address.ts'
import { integer, string } from '../../../shared/field.ts'
import { shown } from '../../../shared/printable.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { type DynamicKey, dynamicKeys, isInstalling } from './dynamic-lease.ts'

const LIMIT = 1000

/** Keys that one request looks at to fill a page, at the most. */
const LOOKED_AT = 10_000

const search = {
  ip: string({ default: '', description: 'Only keys on the host with this address.' }),
  username: string({ default: '', description: 'Only keys for this user of a host.' }),
  role: string({ default: '', description: 'Only keys of this role.' }),
  entity_id: string({ default: '', description: 'Only keys that this entity has requested.' }),
}

/** `dynamic/keys`: the keys that may be on hosts. */
export const installedKeys = endpoint({
  path: 'dynamic/keys',
  summary: 'Lists the keys that are installed on hosts.',
  description:
    'Returns the ids of their leases, and where each key is, for whom and until when, but no key. One that is "overdue" could not be removed from its host yet. Of keys that an older version has installed, only the lease and its end are known. A page begins behind "after", which for the next page is "next" or the last id of the page before.',
  fields: {
    ...search,
    after: string({ default: '', description: 'Begins the page behind this lease id.' }),
    limit: integer({ default: LIMIT, description: 'Maximum number of keys in a page.' }),
  },
  operations: {
    list: async function listInstalledKeys({ after, limit, ip, ...wanted }, call) {
      if (limit < 1 || limit > 10 * LIMIT)
        throw new ApiError('invalid', `limit must be from 1 to ${10 * LIMIT}`)
      const address = ip === '' ? '' : parseAddress(ip)
      if (address === undefined) throw new ApiError('invalid', `Invalid IP ${shown(ip)}`)
      const { found, next } = await matching({ ...wanted, ip: address }, { after, limit }, call)
      if (found.length === 0 && next === undefined) throw new ApiError('missing')
      const info = found.map(([id, key]) => [id, describe(key, call)] as const)
      return {
        data: {
          keys: found.map(([id]) => id),
          key_info: Object.fromEntries(info),
          ...(next !== undefined && { next }),
        },
      }
    },
  },
})

interface Page {
  readonly after: string
  readonly limit: number
}

type Found = readonly (readonly [lease: string, key: DynamicKey])[]

/** At most one page of the keys that meet all conditions. */
async function matching(
  wanted: Readonly<Record<string, string>>,
  { after: begin, limit }: Page,
  { tx }: Call,
): Promise<{ readonly found: Found; readonly next?: string }> {
  const conditions = Object.entries(wanted).filter(([, value]) => value !== '')
  const found: [string, DynamicKey][] = []
  let [after, lookedAt] = [encodeURIComponent(begin), 0]
  while (lookedAt < LOOKED_AT) {
    const names = await dynamicKeys.list(tx, '', { after, limit: LIMIT })
    const keys = await Promise.all(names.map(name => dynamicKeys.get(tx, name)))
    for (const [at, name] of names.entries()) {
      const key = keys[at]
      if (key && conditions.every(each => meets(key, each)))
        found.push([decodeURIComponent(name), key])
      if (found.length === limit) return { found }
    }
    const last = names.at(-1)
    if (last === undefined) return { found }
    after = last
    lookedAt += names.length
  }
  return { found, next: decodeURIComponent(after) }
}

function meets({ about }: DynamicKey, [by, value]: readonly [string, string]): boolean {
  const own = {
    ip: about?.ip,
    username: about?.username,
    role: about?.role,
    entity_id: about?.entity,
  }
  return own[by as keyof typeof own] === value
}

function describe(key: DynamicKey, { now }: Call) {
  const { about, expiresAt } = key
  const left = Math.floor((expiresAt - now.getTime()) / 1000)
  return {
    state: isInstalling(key, now) ? 'installing' : left <= 0 ? 'overdue' : 'installed',
    ttl: Math.max(0, left),
    expire_time: new Date(expiresAt).toISOString(),
    ...(about && {
      role: about.role,
      ip: about.ip,
      port: about.port,
      username: about.username,
      display_name: about.displayName,
      entity_id: about.entity ?? '',
    }),
  }
}
