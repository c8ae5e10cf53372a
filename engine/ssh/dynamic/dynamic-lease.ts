import { attempt } from '../../../shared/result.ts'
import type { Means } from '../../api/call.ts'
import type { Renewal, RevokeCall } from '../../api/engine.ts'
import { ApiError, Untouched } from '../../api/errors.ts'
import { importPrivateKey, pemForClients } from '../../openssh/private-key.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { adminKeys } from '../role/admin-keys.ts'
import { LONGEST_INSTALL } from '../role/longest-install.ts'
import { roles } from '../role/role-table.ts'
import { type HostSessions, type SharedLogin, shareOf } from './host-sessions.ts'
import { checkHostKey, type Host, rememberedPins, type Trust, trustIn } from './host-trust.ts'
import type { InstalledKey } from './installed-key.ts'
import { type Installed, installKey, longestInstall, uninstallKey } from './installer.ts'
import { Lost, Refused } from './session-errors.ts'

/** The secret of the lease of an installed key: enough to remove the key after role and admin key have been deleted. */
export interface DynamicSecret {
  /** Id of the lease. */
  readonly lease: string
  /** Its role and admin key; their present values take precedence, if they still exist. */
  readonly role: string
  readonly keyName: string
  readonly adminUser: string
  /** PKCS#8 in PEM. */
  readonly adminKey: string
  /** Host keys, as `type base64`. */
  readonly pins: readonly string[]
  /** Seconds; 0 for the maximum of the mount. */
  readonly maxTtl: number
  readonly key: InstalledKey
}

/** A key that may be on a host. Its record exists as long as its lease. */
export interface DynamicKey {
  /** Until then a request may be installing it, and it must not be removed yet. Milliseconds since 1970; 0 if no request is. */
  readonly busyUntil: number
  readonly expiresAt: number
  /** Set if the key was not found in the file after it was installed. */
  readonly unprovable?: boolean
  /** Where it was put: {@link Installed.place}. More than one if sshd's AuthorizedKeysFile has changed before a renewal. */
  readonly places?: readonly string[]
  /** Absent for a key that an older version has installed. */
  readonly about?: AboutKey
}

/** Where a key is, and who requested it, for lists. */
export interface AboutKey extends Pick<InstalledKey, 'ip' | 'port' | 'username'> {
  readonly role: string
  readonly displayName: string
  /** Id of the entity; none for a token without one. */
  readonly entity?: string
}

export const dynamicKeys = new Table<DynamicKey>('dynamic/keys/')

/** The comment of an installed key, without spaces, which identifies its mount and lease. */
export const markerOf = (mount: string, lease: string): string =>
  `postern:${mount}:${encodeURIComponent(lease)}`

/** Milliseconds to record that an installation has ended. */
const MARGIN = 5000

/** Until when an installation that begins now delays the removal of the key. Milliseconds since 1970. */
export const busyFrom = (now: Date, { key }: DynamicSecret): number =>
  now.getTime() + longestInstall(key) + MARGIN

/** Whether a request may be installing a key. A mark that is too far ahead is ignored: the clock has been set back since. */
const isBusy = ({ busyUntil }: DynamicKey, secret: DynamicSecret, now: Date): boolean =>
  busyUntil > now.getTime() && busyUntil <= busyFrom(now, secret)

/** The same for an unknown install_timeout: assumes the longest that a role can have. */
export const isInstalling = ({ busyUntil }: Pick<DynamicKey, 'busyUntil'>, now: Date): boolean =>
  busyUntil > now.getTime() &&
  busyUntil <= now.getTime() + longestInstall({ timeout: LONGEST_INSTALL }) + MARGIN

/** The name of the record of a key. */
export const idOf = ({ lease }: Pick<DynamicSecret, 'lease'>): string => encodeURIComponent(lease)

/**
 * How to log in to the host of a key.
 * @param keys private keys in PKCS#8, the most likely first
 * @param means absent if no host may be trusted on first use
 */
export function loginTo(
  { adminUser, key: { ip, port } }: Pick<DynamicSecret, 'adminUser'> & { readonly key: Host },
  {
    trust,
    keys: pems,
    means,
    now = new Date(),
  }: {
    readonly trust: Trust
    readonly keys: readonly string[]
    readonly means?: Means
    readonly now?: Date
  },
): SharedLogin {
  const types = trust.pins.map(pin => pin.slice(0, pin.indexOf(' ')))
  return {
    address: ip,
    port,
    user: adminUser,
    keys: [...new Set(pems)].map(pem => pemForClients(importPrivateKey(pem))),
    hostKeyTypes: trust.firstUse ? undefined : [...new Set(types)],
    trust: JSON.stringify(trust),
    distrusts: shown => checkHostKey(shown, { host: { ip, port }, trust, means, now }),
  }
}

/**
 * Removes an installed key; removing it again is not an error. Returns whether the removal could not be verified, but was only
 * reported by the script.
 * @throws {ApiError} internal, if it may still be installed
 */
export async function revokeKey(
  secret: DynamicSecret,
  { tx, now }: RevokeCall,
  sessions: HostSessions,
): Promise<'unproved' | undefined> {
  const record = await dynamicKeys.get(tx, idOf(secret))
  if (record && isBusy(record, secret, now))
    throw new ApiError('internal', `${REMOVING}: it is just being installed`)
  const login = await loginNow(tx, secret)
  // without a known host key the engine has never logged in to the host, so nothing was installed
  const proof =
    login &&
    (await uninstallKey(sessions, login, {
      key: secret.key,
      unprovable: record?.unprovable ?? false,
      places: record?.places,
    }).catch(error => {
      throw hostFailure(REMOVING, error)
    }))
  dynamicKeys.delete(tx, idOf(secret))
  return proof === 'unproved' ? proof : undefined
}

/** Deletes the record of a key that may still be on its host; a sweep then treats it as stray. */
export async function forgetKey(secret: DynamicSecret, tx: Tx): Promise<void> {
  dynamicKeys.delete(tx, idOf(secret))
}

/** Installs the key with a later expiry. Until that has ended, the key cannot be removed. */
export async function renewKey(
  secret: DynamicSecret,
  { tx, now, mount }: RevokeCall,
  sessions: HostSessions,
): Promise<Renewal> {
  const record = await dynamicKeys.get(tx, idOf(secret))
  if (!record || isBusy(record, secret, now))
    throw new ApiError('invalid', 'the lease is being renewed or revoked by another request')
  dynamicKeys.put(tx, idOf(secret), { ...record, busyUntil: busyFrom(now, secret) })
  const [login, share] = [await loginNow(tx, secret), shareOf({ mount, caller: undefined })]
  if (!login) throw new ApiError('internal', `${ADDING}: its host key is not known`)
  return {
    longest: secret.maxTtl || mount.maxTtl,
    hostEffect: (means, expiresAt) =>
      put(secret, { login, means, sessions, expiresAt, share }).then(() => {}),
  }
}

interface Putting {
  readonly login: SharedLogin
  readonly means: Means
  readonly sessions: HostSessions
  readonly expiresAt: number
  /** The share that the connection counts against: see {@link HostSessions.use}. */
  readonly share: string
}

/**
 * Installs a key that is marked as busy, then ends the mark.
 * @throws {Untouched} if the host has not been changed @throws {ApiError} internal, if it may have been
 */
export async function put(
  secret: DynamicSecret,
  { login, means, sessions, expiresAt, share }: Putting,
): Promise<Installed> {
  const { key } = secret
  const done = await attempt(() => installKey(sessions, login, { key, expiresAt, share }))
  const wanted = await means.transact(async tx => {
    const record = await dynamicKeys.get(tx, idOf(secret))
    if (record)
      dynamicKeys.put(tx, idOf(secret), {
        ...record,
        busyUntil: 0,
        // if the key was once found in the file, every later check must find it too
        ...(done.ok && {
          expiresAt,
          unprovable: (record.unprovable ?? true) && done.value.unprovable,
          places: placesOf(record, done.value),
        }),
      })
    return record !== undefined
  })
  if (!done.ok) throw hostFailure(ADDING, done.error)
  // the lease was revoked by force, or after the busy mark had ended
  if (!wanted) {
    const { unprovable } = done.value
    const places = placesOf({}, done.value)
    const removed = await attempt(() => uninstallKey(sessions, login, { key, unprovable, places }))
    throw new ApiError('internal', `${ADDING}: ${removed.ok ? REVOKED : LEFT}`, {
      cause: removed.ok ? undefined : removed.error,
    })
  }
  return done.value
}

const placesOf = (
  { places = [] }: Pick<DynamicKey, 'places'>,
  { place }: Installed,
): readonly string[] =>
  [...new Set([...places, ...(place === undefined ? [] : [place])])].slice(-PLACES)

/** The most places that are kept, the newest ones. A user of the host could report another place with each renewal. */
const PLACES = 16

/**
 * How to log in to the host of a key with what role and admin key say now, or else with what they said when it was issued.
 * @throws {ApiError} internal, if all known host keys have been revoked: whoever presents one cannot be trusted
 */
async function loginNow(tx: Tx, secret: DynamicSecret): Promise<SharedLogin | undefined> {
  const [role, key] = [await roles.get(tx, secret.role), await adminKeys.get(tx, secret.keyName)]
  const now = role?.keyType === 'dynamic' ? await trustIn(tx, secret.key, { role, key }) : undefined
  const all = [now?.pins ?? [], secret.pins, await rememberedPins(tx, secret.key)]
  const good = all.map(each => each.filter(pin => !now?.revoked.includes(pin)))
  const pins = good.find(each => each.length > 0)
  if (!pins && all.some(each => each.length > 0)) throw new ApiError('internal', ALL_REVOKED)
  if (!pins) return undefined
  const pems = [...(key ? [key.privateKey] : []), secret.adminKey]
  return loginTo(secret, { trust: { pins, firstUse: false, revoked: [] }, keys: pems })
}

const ALL_REVOKED =
  'all known keys of the host are marked as revoked: add its new key to known_hosts of the role'

/** The ApiError for a failure on a host. Returns every other error as it is. */
export function hostFailure(what: string, cause: unknown): unknown {
  if (cause instanceof Refused)
    return new Untouched('internal', `${what}: ${cause.message}`, { cause })
  if (cause instanceof Lost) return new ApiError('internal', `${what}: ${cause.message}`, { cause })
  return cause
}

const REVOKED = 'the lease was revoked meanwhile'
const LEFT = `${REVOKED}, and the key could not be removed again: sweep the host`

const ADDING = 'failed to add public key to authorized_keys file in target'
const REMOVING = 'error removing public key from authorized_keys file in target'
