import { type IpAddress, parseAddress } from '../../../shared/address.ts'
import { name, string } from '../../../shared/field.ts'
import { newOtp } from '../../../shared/otp.ts'
import { isControlled, shown } from '../../../shared/printable.ts'
import { splitList } from '../../../shared/split-list.ts'
import { type Call, callerOf, effectiveTtl } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { ttlWarnings } from '../../api/ttl-warnings.ts'
import { dynamicKeyFor, keyOnce } from '../dynamic/dynamic-creds.ts'
import type { HostSessions } from '../dynamic/host-sessions.ts'
import { findHost } from '../host/hosts.ts'
import type { OtpRole, Role } from '../role/role.ts'
import { addressesOf, requireCovered } from '../role/role-addresses.ts'
import { requireCoveredHost } from '../role/role-hosts.ts'
import { roles } from '../role/role-table.ts'
import { withUsers } from '../role/templates.ts'
import { zeroAddressRoles } from '../role/zero-address-roles.ts'
import { leaseIdFor, otps } from './otps.ts'

/** A login that a role allows. */
interface Login {
  readonly roleName: string
  readonly username: string
  readonly ip: IpAddress
}

/** The same for a password, which may be for a host in place of an address. */
interface OtpLogin extends Omit<Login, 'ip'> {
  readonly ip: IpAddress | ''
  readonly host?: string
}

/** `creds/:role`: makes a credential for one login on one host. The order of the checks is a promise. Contract §2.4. */
export const creds = (sessions: HostSessions) =>
  endpoint({
    path: 'creds/:role',
    plainReplyKeys: ['key_type'],
    cachedReads: true,
    summary: 'Creates a credential for one SSH login on one host.',
    description:
      'The role, of type otp or dynamic, decides the kind of credential. It is leased: revoking the lease, or the token that asked for it, revokes the credential.',
    fields: {
      role: name({ default: '', description: 'Name of the role.' }),
      ip: string({
        default: '',
        plain: true,
        required: 'without host',
        description: 'Address of the host to log in to: an IP address, not a name.',
      }),
      host: string({
        default: '',
        plain: true,
        description:
          'Name of an enrolled host, in place of ip, for roles of type otp with hosts or host_groups. Only that host can redeem the password, whatever its address.',
      }),
      username: string({
        default: '',
        plain: true,
        description:
          'User to log in as: default_user of the role, as when left out, or one of its allowed_users.',
      }),
    },
    prepare: async (_, { address }) => keyOnce(address),
    operations: {
      update: async function createCredential(
        { role: roleName, ip, host, username: wanted },
        call,
        makeKey,
      ) {
        if (host !== '' && ip !== '') throw new ApiError('invalid', 'Give either ip or host')
        if (ip === '' && host === '') throw new ApiError('invalid', 'Missing ip')
        const stored = await roles.get(call.tx, roleName)
        if (!stored) throw new ApiError('invalid', `Role "${roleName}" not found`)
        const role = stored.keyType === 'ca' ? stored : await withUsers(stored, call)
        const username = allowedUsername(role, wanted)
        if (host !== '') {
          const { role: forHost, target } = requireCoveredHost(
            role,
            host,
            await findHost(call.tx, host),
          )
          return otpFor(forHost, { roleName, username, ip: '', host: target.name }, call)
        }
        const address = parseAddress(ip)
        if (!address) throw new ApiError('invalid', `Invalid IP ${shown(ip)}`)
        if (!(await zeroAddressRoles(call.tx)).includes(roleName))
          requireCovered(addressesOf(role), address)
        const login = { roleName, username, ip: address }
        return credentialFor(role, login, call, { makeKey, sessions })
      },
    },
  })

/** The credential of the role's kind: the compiler demands a case for each. */
function credentialFor(
  role: Role,
  login: Login,
  call: Call,
  tools: Parameters<typeof dynamicKeyFor>[3],
): Reply | Promise<Reply> {
  switch (role.keyType) {
    case 'otp':
      return otpFor(role, login, call)
    case 'dynamic':
      return dynamicKeyFor(role, login, call, tools)
    case 'ca':
      // the text by which old clients guess that a role is of type ca
      throw new ApiError('internal', 'key type unknown')
  }
}

function allowedUsername(role: Role, wanted: string): string {
  const username = wanted || role.defaultUser
  if (username === '')
    throw new ApiError(
      'invalid',
      role.defaultUserTemplate
        ? "The default username is made from an entity, and this token has none. Use 'username' option"
        : "No default username registered. Use 'username' option",
    )
  const { allowedUsers } = role
  if (username === role.defaultUser || allowedUsers === '*') return username
  if (allowedUsers === '')
    throw new ApiError(
      'invalid',
      'Username has to be either in allowed users list or has to be a default username',
    )
  if (!splitList(allowedUsers).includes(username))
    throw new ApiError('invalid', 'Username is not present is allowed users list')
  return username
}

/** No user of any system has another name, and what reads it afterwards, a terminal or a log, must not take it for something else. */
function requirePrintable(username: string): void {
  if (Buffer.byteLength(username) > LONGEST_USER)
    throw new ApiError('invalid', `username is longer than ${LONGEST_USER} bytes`)
  if (isControlled(username) || username !== username.trim() || !username.isWellFormed())
    throw new ApiError('invalid', `username ${JSON.stringify(username)} cannot be printed`)
}

const LONGEST_USER = 255

/** Seconds that a password is valid for where neither its role, its mount nor the configuration sets a ttl. */
const PASSWORD_TTL = 600

/** The password, its lease and what it stands for are written in one commit. */
function otpFor(role: OtpRole, { roleName, username, ip, host }: OtpLogin, call: Call): Reply {
  requirePrintable(username)
  const { maxTtl } = role
  const ttl = effectiveTtl(call.mount, {
    ttl: role.ttl || call.mount.setTtl || PASSWORD_TTL,
    maxTtl,
  })
  const otp = newOtp(role.otpFormat)
  const id = saltedHash(call.mount.salt, otp)
  const lease = leaseIdFor(call.path, id)
  const { token, entity } = callerOf(call)
  otps.put(call.tx, id, {
    role: roleName,
    username,
    ip,
    host,
    lease,
    expiresAt: call.now.getTime() + ttl * 1000,
    misses: 0,
    issuer: { token, entity },
  })
  const warnings = ttlWarnings({ asked: role.ttl, given: ttl, longest: call.mount.maxTtl })
  return {
    ...(warnings.length > 0 && { warnings }),
    data: {
      ...{ key_type: role.keyType, key: otp.reveal(), username, ip, port: role.port },
      ...(host !== undefined && { host }),
    },
    event: { name: 'otp_issued' },
    lease: { id: lease, kind: 'otp', secret: { id }, ttl, renewable: false },
  }
}
