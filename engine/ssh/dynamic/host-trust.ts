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

/** The SSH server that a key is installed on. */
export interface Host {
  readonly ip: IpAddress
  readonly port: number
}

/** A host key that was trusted on first use. */
export interface RememberedHost {
  /** `type base64` */
  readonly key: string
  /** Milliseconds since 1970. */
  readonly since: number
}

/** The trusted keys of a host, as `type base64`; or that its first key will be trusted. */
export interface Trust {
  readonly pins: readonly string[]
  readonly firstUse: boolean
  /** Keys that are never trusted, not even on first use or to remove a key. */
  readonly revoked: readonly string[]
}

export const rememberedHosts = new Table<RememberedHost>('dynamic/hosts/')

/** The name of the record of a host key that was trusted on first use. */
export const hostName = ({ ip, port }: Host): string => `${ip}_${port}`

/**
 * The trusted keys of a host: those of the role, the admin key and the known_hosts text together. A key that was trusted on first use
 * counts only if these have none for the host.
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
 * Verifies the key that a host presents. A key that is trusted on first use is stored durably before the connection continues.
 * @returns why it is not trusted; undefined if it is
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
  const complaint = `the host presents the key ${key.type} ${fingerprintOf(key)}, which is not one of its known keys`
  if (!trust.firstUse || !means || trust.revoked.includes(line)) return complaint
  const remembered = await means.transact(async tx => {
    const before = await rememberedHosts.get(tx, hostName(host))
    if (before) return before.key
    rememberedHosts.put(tx, hostName(host), { key: line, since: now.getTime() })
    return line
  })
  return remembered === line ? undefined : complaint
}
