import type { IpAddress } from '../../../shared/address.ts'
import { type Call, effectiveTtl, type Means } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import { ttlWarnings } from '../../api/ttl-warnings.ts'
import { parseKeyOptions } from '../../openssh/key-options.ts'
import { LARGEST_RSA } from '../../openssh/key-parameters.ts'
import { knownName } from '../../openssh/known-hosts.ts'
import {
  generatePrivateKey,
  type KeyParameters,
  type PrivateKey,
  pemForClients,
} from '../../openssh/private-key.ts'
import { fingerprintOf, parsePublicKey, publicKeyLine } from '../../openssh/public-key.ts'
import { adminKeys } from '../role/admin-keys.ts'
import type { AddressLogin } from '../role/allowed-login.ts'
import { requireUserName } from '../role/dynamic-role.ts'
import type { DynamicRole } from '../role/role.ts'
import {
  busyFrom,
  type DynamicSecret,
  dynamicKeys,
  idOf,
  loginTo,
  markerOf,
  put,
} from './dynamic-lease.ts'
import { type HostSessions, shareOf } from './host-sessions.ts'
import { rememberedPins, type Trust, trustIn } from './host-trust.ts'
import type { InstalledKey } from './installed-key.ts'

/**
 * Issues a key for one user on one host. The request is answered after the public key has been installed. The lease is committed before
 * the host is contacted, so that the key is removed at the end of the lease even if the engine fails in between. Contract §3.1.
 */
export async function dynamicKeyFor(
  role: DynamicRole,
  { roleName, username, ip }: AddressLogin,
  call: Call,
  { makeKey, sessions }: { readonly makeKey: MakeKey; readonly sessions: HostSessions },
): Promise<Reply> {
  const { adminKey, trust } = await requireReachable(role, { username, ip }, call)
  const made = await makeKey(parametersOf(role))
  const ttl = effectiveTtl(call.mount, role)
  const expiresAt = call.now.getTime() + ttl * 1000
  const secret: DynamicSecret = {
    lease: call.leaseId,
    role: roleName,
    keyName: role.key,
    adminUser: role.adminUser,
    adminKey: adminKey.privateKey,
    pins: trust.pins,
    maxTtl: role.maxTtl,
    key: installedKey(role, { ip, username, call, publicKey: publicKeyLine(made.publicKey) }),
  }
  dynamicKeys.put(call.tx, idOf(secret), {
    busyUntil: busyFrom(call.now, secret),
    expiresAt,
    about: {
      ...{ ip, port: role.port, username, role: roleName },
      displayName: call.caller?.displayName ?? '',
      ...(call.caller?.entity !== undefined && { entity: call.caller.entity }),
    },
  })
  const warnings = ttlWarnings({ asked: role.ttl, given: ttl, longest: call.mount.maxTtl })
  return {
    ...(warnings.length > 0 && { warnings }),
    data: {
      key: pemForClients(made),
      key_type: role.keyType,
      username,
      ip,
      port: role.port,
    },
    event: { name: 'key_installed' },
    lease: { kind: 'dynamic', secret, ttl, renewable: true },
    hostEffect: means =>
      install(means, { secret, trust, expiresAt, sessions, share: shareOf(call) }),
  }
}

/**
 * Requires what the engine must know to install a key for a user on a host.
 * @throws {ApiError} invalid or internal, with what is missing
 */
export async function requireReachable(
  role: DynamicRole,
  { username, ip }: Pick<AddressLogin, 'username' | 'ip'>,
  { tx }: Pick<Call, 'tx'>,
) {
  requireUserName(username, 'username')
  const adminKey = await adminKeys.get(tx, role.key)
  if (!adminKey) throw new ApiError('internal', `key ${JSON.stringify(role.key)} not found`)
  const trust = await trustIn(tx, { ip, port: role.port }, { role, key: adminKey })
  if (trust.pins.length === 0 && !trust.firstUse)
    throw new ApiError('invalid', unknownHost(ip, role.port))
  return { adminKey, trust }
}

/** Generates the key of one request. */
export type MakeKey = (parameters: KeyParameters) => Promise<PrivateKey>

/**
 * Generates a key on the first call and returns the same one afterwards: a transaction runs again after a conflict, and must not
 * generate another key.
 */
export function keyOnce(source: string): MakeKey {
  const made = new Map<string, Promise<PrivateKey>>()
  return parameters => {
    const name = JSON.stringify(parameters)
    const key = made.get(name) ?? generatePrivateKey(parameters, source)
    made.set(name, key)
    return key
  }
}

const parametersOf = ({ keyAlgorithm, keyBits }: DynamicRole): KeyParameters =>
  keyAlgorithm === 'rsa'
    ? // roles of older versions may have more
      { family: 'rsa', bits: Math.min(keyBits, LARGEST_RSA) }
    : { family: 'ed25519' }

const unknownHost = (ip: IpAddress, port: number) =>
  `no host key of ${knownName(ip, port)} is known: add it to host_keys or known_hosts of the role, or set host_key_policy=first-use`

function installedKey(
  role: DynamicRole,
  {
    ip,
    username,
    call,
    publicKey,
  }: {
    readonly ip: IpAddress
    readonly username: string
    readonly call: Call
    readonly publicKey: string
  },
): InstalledKey {
  return {
    ip,
    port: role.port,
    username,
    publicKey,
    options: parseKeyOptions(role.keyOptionSpecs),
    marker: markerOf(call.mount.id, call.leaseId),
    script: role.installScript,
    timeout: role.installTimeout,
    ...(role.requireExpiry && { requireExpiry: true }),
  }
}

async function install(
  means: Means,
  {
    secret,
    trust,
    expiresAt,
    sessions,
    share,
  }: {
    readonly secret: DynamicSecret
    readonly trust: Trust
    readonly expiresAt: number
    readonly sessions: HostSessions
    readonly share: string
  },
): Promise<Pick<Reply, 'warnings'>> {
  const login = loginTo(secret, { trust, keys: [secret.adminKey], means })
  const installed = await put(secret, { login, means, sessions, expiresAt, share })
  const warnings = [
    ...(installed.heeded ? [] : [NOT_HEEDED]),
    ...(installed.uncertainEnd ? [UNCERTAIN_END] : []),
    ...(installed.unprovable ? [UNPROVABLE] : []),
    ...(trust.firstUse ? [await firstSeen(means, secret.key)] : []),
  ]
  return warnings.length > 0 ? { warnings } : {}
}

const NOT_HEEDED =
  'The SSH server of the host does not support expiry-time: the key is valid until it is removed.'

const UNCERTAIN_END =
  'The SSH server of the host reads expiry-time as local time, in a time zone that differs from that of the machine: it may refuse the key before its lease ends.'

const UNPROVABLE =
  'The key was not found in the authorized_keys file that sshd reads: its removal by install_script cannot be verified.'

/** A warning that names the host key that was trusted on first use. */
async function firstSeen(means: Means, key: InstalledKey): Promise<string> {
  const [line = ''] = await means.transact(tx => rememberedPins(tx, key))
  return `The host key ${fingerprintOf(parsePublicKey(line))} of ${key.ip} was trusted on first use and is now required.`
}
