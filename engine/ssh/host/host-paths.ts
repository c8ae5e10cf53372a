import { parsePublicKey } from '../../../shared/ed25519.ts'
import { boolean, list } from '../../../shared/field.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { requireFound } from '../../api/require-found.ts'
import { hostNameField, requireAddresses, requireGroups, requireHostName } from './host-fields.ts'
import { deleteHost, findHost, type Host, putHost } from './hosts.ts'
import type { Seen } from './seen.ts'
import { placesWithin, type SeenHosts } from './seen-hosts.ts'
import { verifySettings } from './verify-settings-paths.ts'

const ALLOWED_ANYWAY =
  'while anonymous requests are allowed, a disabled host can still verify: it leaves its signature out. Set anonymous=deny at config/verify'

/** `hosts/:name`: a host that this mount knows. */
export const hostEndpoint = (seen: SeenHosts) =>
  endpoint({
    path: 'hosts/:name',
    anyCase: true,
    summary: 'Manages a host.',
    description:
      'A host redeems one-time passwords only for its addresses, or for every address if it has none. A disabled one redeems none, and gets neither lists nor certificates. What a write does not send stays as it is. A host that is deleted must be enrolled again.',
    fields: {
      name: hostNameField({ default: '', description: 'Name of the host, in lower case.' }),
      addresses: list({
        description: 'Addresses whose passwords the host may redeem; those of every one if empty.',
      }),
      groups: list({ description: 'Names of groups that the host is in.' }),
      disabled: boolean({ description: 'Whether requests that the host signs are refused.' }),
    },
    exists: async ({ name }, { tx }) => (await findHost(tx, String(name))) !== undefined,
    operations: {
      read: async function readHost({ name }, call) {
        const host = requireFound(await findHost(call.tx, name))
        return describeHost(host, await seen.find(call, name), call.now)
      },
      update: async function writeHost({ name, addresses, groups, disabled }, call) {
        const before = (await findHost(call.tx, requireHostName(name))) ?? newHost(name)
        const { disabled: was, ...rest } = before
        const host = {
          ...rest,
          addresses: addresses ? requireAddresses(addresses) : before.addresses,
          groups: groups ? requireGroups(groups) : before.groups,
          ...disabledNow(disabled, was, call),
        }
        await putHost(call, host)
        const { anonymous } = await verifySettings(call.tx)
        return host.disabled && anonymous === 'allow' ? { warnings: [ALLOWED_ANYWAY] } : undefined
      },
      delete: async function removeHost({ name }, call) {
        if (await deleteHost(call, name)) seen.forget(call, name)
        return undefined
      },
    },
  })

const newHost = (name: string): Host => ({ name, addresses: [], groups: [] })

function disabledNow(
  wanted: boolean | undefined,
  was: Host['disabled'],
  { now, caller }: Call,
): Pick<Host, 'disabled'> {
  if (wanted === false || (wanted === undefined && !was)) return {}
  return { disabled: was ?? { at: now.getTime(), by: caller?.displayName ?? '' } }
}

/** What a list shows of a host. */
export const summarizeHost = (host: Host) => ({
  enrolled: host.publicKey !== undefined,
  disabled: host.disabled !== undefined,
  addresses: host.addresses,
  groups: host.groups,
})

const iso = (at: number) => new Date(at).toISOString()

/** What a read shows of a host besides its name, and a list with details. */
export function detailsOf(host: Host, seen: Seen | undefined) {
  const { enrolled, disabled, publicKey } = host
  return {
    ...summarizeHost(host),
    ...(disabled && { disabled_time: iso(disabled.at), disabled_by: disabled.by }),
    ...(publicKey && { public_key: publicKey, key_id: parsePublicKey(publicKey).id }),
    ...(enrolled && {
      enrolled_time: iso(enrolled.at),
      enrolled_from: enrolled.from,
      enroll_token_id: enrolled.tokenId,
      enroll_token_by: enrolled.tokenBy,
    }),
    ...(seen && describeSeen(seen)),
  }
}

function describeHost(host: Host, seen: Seen | undefined, now: Date) {
  const places = seen ? placesWithin(seen, now.getTime()) : []
  return {
    data: { name: host.name, ...detailsOf(host, seen) },
    ...(places.length > 1 && {
      warnings: [
        `The key of this host was used from ${places.join(' and ')} within the last hour: it may have been copied, unless the host is behind NAT or has changed its address.`,
      ],
    }),
  }
}

function describeSeen({ firstSeen, lastSeen, values, places }: Seen) {
  const { last_verify: verified, ...told } = values
  return {
    first_seen_time: iso(firstSeen),
    last_seen_time: iso(lastSeen),
    ...(verified && { last_verify_time: iso(verified[1]) }),
    ...Object.fromEntries(Object.entries(told).map(([name, [value]]) => [name, value])),
    seen_from: Object.fromEntries(Object.entries(places).map(([from, at]) => [from, iso(at)])),
  }
}
