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

/** What the lease of an installed key knows: enough to remove it when role and key entry are gone. */
export interface DynamicSecret {
  /** Id of the lease. */
  readonly lease: string
  /** The role and the key entry it was made from; what they say now counts, if they are there. */
  readonly role: string
  readonly keyName: string
  readonly adminUser: string
  /** PKCS#8 in PEM. */
  readonly adminKey: string
  /** Host keys, as `type base64`. */
  readonly pins: readonly string[]
  /** Seconds; 0 leaves it to the mount. */
  readonly maxTtl: number
  readonly key: InstalledKey
}

/** A key that may be on a host. It is there as long as its lease is. */
export interface DynamicKey {
  /** Until then somebody may be installing it, so that removing it would come too early. Milliseconds since 1970; 0 if nobody is. */
  readonly busyUntil: number
  readonly expiresAt: number
  /** Reading the file back did not show the key after it was installed; absent where it did, or was not tried. */
  readonly unprovable?: boolean
  /** Where it was put: {@link Installed.place}. More than one where the host's sshd was told to look elsewhere before a renewal. */
  readonly places?: readonly string[]
}

export const dynamicKeys = new Table<DynamicKey>('dynamic/keys/')

/** The comment of an installed key: whose it is, in one word. */
export const markerOf = (mount: string, lease: string): string =>
  `postern:${mount}:${encodeURIComponent(lease)}`

/** Milliseconds for writing down that an installation has ended. */
const MARGIN = 5000

/** Until when an installation that begins now keeps others from removing the key. */
export const busyFrom = (now: Date, { key }: DynamicSecret): number =>
  now.getTime() + longestInstall(key) + MARGIN

/** Whether somebody may be installing a key. A mark that ends later than any made now could is from before the clock was set back. */
const isBusy = ({ busyUntil }: DynamicKey, secret: DynamicSecret, now: Date): boolean =>
  busyUntil > now.getTime() && busyUntil <= busyFrom(now, secret)

/** The same, where it is not known how long the installation may take: no longer than that of any role. */
export const isInstalling = ({ busyUntil }: Pick<DynamicKey, 'busyUntil'>, now: Date): boolean =>
  busyUntil > now.getTime() &&
  busyUntil <= now.getTime() + longestInstall({ timeout: LONGEST_INSTALL }) + MARGIN

/** The name of its record. */
export const idOf = ({ lease }: Pick<DynamicSecret, 'lease'>): string => encodeURIComponent(lease)

/**
 * How to get into the host of a key.
 * @param keys private keys in PKCS#8, the likeliest first
 * @param means absent where a host cannot be trusted on first use
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
 * Removes an installed key. Being removed twice is no error. Tells whether only the script's word stands for it.
 * @throws {ApiError} internal, if it may still be there
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
  // a host whose key was never seen has never been told anything
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

/** Forgets a key that may still be on its host, so that a sweep takes it for a stray one. */
export async function forgetKey(secret: DynamicSecret, tx: Tx): Promise<void> {
  dynamicKeys.delete(tx, idOf(secret))
}

/** Moves the end that the host knows. Until it is done, nobody can remove the key. */
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
  /** For whom: see {@link HostSessions.use}. */
  readonly share: string
}

/**
 * Puts a key that is marked as busy onto its host, and ends the mark.
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
        // a file that could be read back once must be able to be read again
        ...(done.ok && {
          expiresAt,
          unprovable: (record.unprovable ?? true) && done.value.unprovable,
          places: placesOf(record, done.value),
        }),
      })
    return record !== undefined
  })
  if (!done.ok) throw hostFailure(ADDING, done.error)
  // whoever removed it did not wait for us, or waited too long
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

/** The newest that are kept. A user of the host could name another with each renewal. */
const PLACES = 16

/**
 * How to get into the host of a key by what is known now, or else by what was known when it was made.
 * @throws {ApiError} internal, if every key by which it is known has been revoked: whoever shows one may be anybody
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
  'all keys by which the host was known are marked as revoked: put its new one into known_hosts of the role'

/** A failure on a host, as clients are told of it. What is no such failure stays as it is. */
export function hostFailure(what: string, cause: unknown): unknown {
  if (cause instanceof Refused)
    return new Untouched('internal', `${what}: ${cause.message}`, { cause })
  if (cause instanceof Lost) return new ApiError('internal', `${what}: ${cause.message}`, { cause })
  return cause
}

const REVOKED = 'the lease has been revoked meanwhile'
const LEFT = `${REVOKED}, and the key could not be removed again: sweep the host`

const ADDING = 'failed to add public key to authorized_keys file in target'
const REMOVING = 'error removing public key from authorized_keys file in target'
