import type { IpAddress } from '../../../shared/address.ts'
import type { Means } from '../../api/call.ts'
import { knownName, linesAbout } from '../../openssh/known-hosts.ts'
import {
  fingerprintOf,
  parsePublicKey,
  publicKeyLine,
  readPublicKey,
} from '../../openssh/public-key.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import type { AdminKey } from '../role/admin-keys.ts'
import type { DynamicRole } from '../role/role.ts'

/** The server that a key is installed on. */
export interface Host {
  readonly ip: IpAddress
  readonly port: number
}

/** A host key that was believed because it was the first that a host showed. */
export interface RememberedHost {
  /** `type base64` */
  readonly key: string
  /** Milliseconds since 1970. */
  readonly since: number
}

/** By which keys a host is known, as `type base64`; or that it will be believed, once. */
export interface Trust {
  readonly pins: readonly string[]
  readonly firstUse: boolean
  /** Keys that are not believed even then, nor for removing what is installed. */
  readonly revoked: readonly string[]
}

export const rememberedHosts = new Table<RememberedHost>('dynamic/hosts/')

/** The name under which the key of a host is remembered. */
export const hostName = ({ ip, port }: Host): string => `${ip}_${port}`

/**
 * What role, key entry and memory know of a host: the pins of both and the known_hosts text count together, what is remembered only
 * where they say nothing of the host.
 */
export async function trustIn(
  tx: Tx,
  host: Host,
  { role, key }: { readonly role: DynamicRole; readonly key: AdminKey | undefined },
): Promise<Trust> {
  const known = linesAbout(role.knownHosts, knownName(host.ip, host.port))
  const revoked = known.filter(each => each.revoked).map(each => publicKeyLine(each.key()))
  const pins = [
    ...[...role.hostKeys, ...(key?.hostKeys ?? [])].map(parsePublicKey),
    ...known.filter(each => !each.revoked).map(each => each.key()),
  ].map(publicKeyLine)
  if (pins.length > 0) {
    const good = pins.filter(pin => !revoked.includes(pin))
    return { pins: [...new Set(good)].sort(), firstUse: false, revoked }
  }
  const remembered = await rememberedPins(tx, host)
  const fresh = remembered.length === 0 && role.hostKeyPolicy === 'first-use'
  return { pins: remembered.filter(pin => !revoked.includes(pin)), firstUse: fresh, revoked }
}

/** The key that was trusted on first use, if there is one. */
export async function rememberedPins(tx: Tx, host: Host): Promise<readonly string[]> {
  const remembered = await rememberedHosts.get(tx, hostName(host))
  return remembered ? [remembered.key] : []
}

/**
 * Judges the key that a host shows. One that is trusted on first use is remembered, durably, before anything else is said to the host.
 * @returns why it is not trusted, or nothing if it is
 */
export async function checkHostKey(
  shown: Buffer,
  {
    host,
    trust,
    means,
    now,
  }: {
    readonly host: Host
    readonly trust: Trust
    readonly means: Means | undefined
    readonly now: Date
  },
): Promise<string | undefined> {
  const key = readPublicKey(shown)
  const line = publicKeyLine(key)
  if (trust.pins.includes(line)) return undefined
  const complaint = `the host shows the key ${key.type} ${fingerprintOf(key)}, which is not one of those it is known by`
  if (!trust.firstUse || !means || trust.revoked.includes(line)) return complaint
  const remembered = await means.transact(async tx => {
    const before = await rememberedHosts.get(tx, hostName(host))
    if (before) return before.key
    rememberedHosts.put(tx, hostName(host), { key: line, since: now.getTime() })
    return line
  })
  return remembered === line ? undefined : complaint
}
