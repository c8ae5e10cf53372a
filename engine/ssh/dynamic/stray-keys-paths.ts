import { type IpAddress, parseAddress } from '../../../shared/address.ts'
import { boolean, string } from '../../../shared/field.ts'
import { shown } from '../../../shared/printable.ts'
import type { Call, Means } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import { knownName } from '../../openssh/known-hosts.ts'
import { adminKeys } from '../role/admin-keys.ts'
import { requireUserName } from '../role/dynamic-role.ts'
import type { DynamicRole } from '../role/role.ts'
import { requireCovered } from '../role/role-addresses.ts'
import { roles } from '../role/role-table.ts'
import { zeroAddressRoles } from '../role/zero-address-roles.ts'
import { dynamicKeys, hostFailure, isInstalling, loginTo } from './dynamic-lease.ts'
import { type HostSessions, type SharedLogin, shareOf } from './host-sessions.ts'
import { trustIn } from './host-trust.ts'
import { type InstalledLine, installedLines } from './installed-lines.ts'
import { listKeys, uninstallKey } from './installer.ts'

interface Target {
  readonly role: DynamicRole
  readonly login: SharedLogin
  readonly ip: IpAddress
  readonly username: string
}

/**
 * `dynamic/sweep`: finds and removes keys of this mount on a host whose leases no longer exist, for example after a backup was restored
 * or a lease was revoked by force. Lines of other mounts and of users are not touched.
 */
export const sweep = (sessions: HostSessions) =>
  endpoint({
    path: 'dynamic/sweep',
    summary: 'Finds installed keys without a lease, and removes them.',
    description:
      'Compares the authorized_keys file of a user on a host with the keys that have a lease. Keys of this mount without one are stray: they are listed, and removed if dry_run is false.',
    fields: {
      role: string({
        default: '',
        plain: true,
        description: 'Name of a role of type dynamic that covers the host.',
      }),
      ip: string({ default: '', plain: true, description: 'Address of the host.' }),
      username: string({
        default: '',
        plain: true,
        description: 'User whose keys are compared. The default is default_user of the role.',
      }),
      dry_run: boolean({
        default: true,
        description: 'Whether to list stray keys without removing them.',
      }),
    },
    operations: {
      update: async function sweepStrayKeys({ role, ip, username, dry_run: dryRun }, call) {
        const target = await targetOf({ roleName: role, ip, username }, call)
        return {
          hostEffect: means => run(target, { dryRun, call, means, sessions }),
        }
      },
    },
  })

async function targetOf(
  { roleName, ip, username: wanted }: { roleName: string; ip: string; username: string },
  { tx }: Call,
): Promise<Target> {
  const role = await roles.get(tx, roleName)
  if (role?.keyType !== 'dynamic')
    throw new ApiError('invalid', `no role of type dynamic is named ${shown(roleName)}`)
  const address = parseAddress(ip)
  if (!address) throw new ApiError('invalid', `Invalid IP ${shown(ip)}`)
  if (!(await zeroAddressRoles(tx)).includes(roleName)) requireCovered(role, address)
  const username = wanted || role.defaultUser
  requireUserName(username, 'username')
  const key = await adminKeys.get(tx, role.key)
  if (!key) throw new ApiError('invalid', `key ${JSON.stringify(role.key)} not found`)
  const host = { ip: address, port: role.port }
  const { pins } = await trustIn(tx, host, { role, key })
  if (pins.length === 0)
    throw new ApiError('invalid', `no host key of ${knownName(address, role.port)} is known`)
  const trust = { pins, firstUse: false, revoked: [] }
  const login = loginTo({ adminUser: role.adminUser, key: host }, { trust, keys: [key.privateKey] })
  return { role, login, ip: address, username }
}

async function run(
  target: Target,
  {
    dryRun,
    call,
    means,
    sessions,
  }: {
    readonly dryRun: boolean
    readonly call: Call
    readonly means: Means
    readonly sessions: HostSessions
  },
): Promise<Pick<Reply, 'data'>> {
  const { login, username } = target
  try {
    const found = installedLines(
      await listKeys(sessions, login, { username, share: shareOf(call) }),
      call.mount.id,
    )
    // read after the host was listed: a key that is being installed has a record before
    const strays = await means.transact(async tx => {
      const each = await Promise.all(found.map(({ id }) => dynamicKeys.get(tx, id)))
      const { now } = call
      return found.filter((_, at) => {
        const record = each[at]
        return !record || (record.expiresAt <= now.getTime() && !isInstalling(record, now))
      })
    })
    for (const stray of dryRun ? [] : strays) await remove(stray, target, { means, sessions })
    return {
      data: {
        dry_run: dryRun,
        live: found.length - strays.length,
        strays: strays.map(({ publicKey, id }) => ({
          lease_id: decodeURIComponent(id),
          public_key: publicKey,
        })),
      },
    }
  } catch (error) {
    throw hostFailure(`failed to sweep ${target.ip}`, error)
  }
}

async function remove(
  { publicKey, marker, id }: InstalledLine,
  { role, login, ip, username }: Target,
  { means, sessions }: { readonly means: Means; readonly sessions: HostSessions },
): Promise<void> {
  const { port, installScript: script, installTimeout: timeout } = role
  const key = { ip, port, username, publicKey, options: [], marker, script, timeout }
  // the key was just found in the file, so its removal can be verified

  await uninstallKey(sessions, login, { key, unprovable: false, stray: true })
  await means.transact(async tx => dynamicKeys.delete(tx, id))
}
