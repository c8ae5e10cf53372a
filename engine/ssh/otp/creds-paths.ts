import type { IpAddress } from '../../../shared/address.ts'
import { name, string } from '../../../shared/field.ts'
import { newOtp } from '../../../shared/otp.ts'
import { type Call, callerOf, effectiveTtl } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { ttlWarnings } from '../../api/ttl-warnings.ts'
import { dynamicKeyFor, keyOnce } from '../dynamic/dynamic-creds.ts'
import type { HostSessions } from '../dynamic/host-sessions.ts'
import {
  type AddressLogin,
  allowedLogin,
  requireOnePlace,
  requirePrintable,
} from '../role/allowed-login.ts'
import type { OtpRole, Role } from '../role/role.ts'
import { roles } from '../role/role-table.ts'
import { leaseIdFor, otps } from './otps.ts'

/** The login of a password, which may be for a host in place of an address. */
interface OtpLogin extends Omit<AddressLogin, 'ip'> {
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
        { role: roleName, ip, host, username },
        call,
        makeKey,
      ) {
        requireOnePlace({ ip, host })
        const stored = await roles.get(call.tx, roleName)
        if (!stored) throw new ApiError('invalid', `Role "${roleName}" not found`)
        const allowed = await allowedLogin(stored, { roleName, ip, host, username }, call)
        if ('host' in allowed) return otpFor(allowed.role, { ...allowed, ip: '' }, call)
        const { role, login } = allowed
        return credentialFor(role, login, call, { makeKey, sessions })
      },
    },
  })

/** The credential of the role's kind: the compiler demands a case for each. */
function credentialFor(
  role: Role,
  login: AddressLogin,
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
