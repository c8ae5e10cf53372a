import type { Engine } from '../api/engine.ts'
import { adoptRevocations } from './adopt-revocations.ts'
import { caConfig, knownHosts, publicKey, publicKeys } from './ca.ts'
import { certificatePaths } from './certificate-paths.ts'
import { certificateSettings } from './certificate-settings.ts'
import { creds } from './creds.ts'
import { type DynamicSecret, forgetKey, renewKey, revokeKey } from './dynamic-lease.ts'
import { shortenList } from './expired-revocations.ts'
import { hostKeyPaths } from './host-key-paths.ts'
import type { HostSessions } from './host-sessions.ts'
import { forgetOld } from './inventory.ts'
import { issue } from './issue.ts'
import { issuerPaths } from './issuer-paths.ts'
import { issuerReport } from './issuer-report.ts'
import { keyEndpoint } from './keys.ts'
import { krl } from './krl-path.ts'
import { forgetForeignChanges, krlState, leapKrl } from './krl-version.ts'
import { lookup } from './lookup.ts'
import { forgetSerials } from './revocations.ts'
import { revoke } from './revoke.ts'
import { roleEndpoint, roleList } from './roles.ts'
import { sign } from './sign.ts'
import { sweep } from './sweep.ts'
import { otps } from './tables.ts'
import { verify } from './verify.ts'
import { zeroAddress } from './zero-address.ts'

const FORGOTTEN_AT_ONCE = 500

/** The SSH secrets engine. @param sessions with which it reaches the hosts that it installs keys on */
export const ssh = (sessions: HostSessions): Engine => ({
  type: 'ssh',
  mountable: 'mounts',
  description:
    'The ssh engine makes credentials for SSH logins: one-time passwords, bound to a user and an address, that the helper on the remote host redeems, certificates, which hosts trust that trust the issuer, and keys, which it installs on the host and removes again.\n\nFor one-time passwords: make a role with key_type=otp at roles/:role, install the helper on the hosts, and ask for a password at creds/:role.\n\nFor certificates: make the key of the CA at config/ca, make a role with key_type=ca, have the hosts trust what public_keys answers with, and ask for a certificate at sign/:role.\n\nFor keys on hosts: register the key of an admin user at keys/:name, make a role with key_type=dynamic that names it, and ask for a key at creds/:role.',
  endpoints: [
    roleList,
    roleEndpoint,
    creds(sessions),
    keyEndpoint,
    ...hostKeyPaths,
    sweep(sessions),
    lookup,
    verify,
    zeroAddress,
    caConfig,
    publicKey,
    publicKeys,
    knownHosts,
    ...issuerPaths,
    sign,
    issue,
    ...certificatePaths,
    certificateSettings,
    revoke,
    krl,
    issuerReport,
  ],
  async upgrade(call) {
    if (!call.mount.hasRecords || (await krlState(call.tx)).byOlder)
      await adoptRevocations(call, call.now)
    return []
  },
  async maintain(call) {
    await forgetSerials(call, await forgetOld(call.tx, call.now, FORGOTTEN_AT_ONCE))
    await shortenList(call, call.now)
    await forgetForeignChanges(call)
  },
  async restored({ tx, now }) {
    const passwords = await otps.list(tx, '', { limit: FORGOTTEN_AT_ONCE })
    for (const id of passwords) otps.delete(tx, id)
    if (passwords.length === FORGOTTEN_AT_ONCE) return passwords.at(-1)
    await leapKrl(tx, now)
    return undefined
  },
  revoke: {
    async otp(secret, { tx }) {
      // put there by creds, and only by creds
      otps.delete(tx, (secret as { readonly id: string }).id)
    },
    dynamic: (secret, call) => revokeKey(secret as DynamicSecret, call, sessions),
  },
  giveUp: {
    dynamic: (secret, { tx }) => forgetKey(secret as DynamicSecret, tx),
  },
  renew: {
    dynamic: (secret, call) => renewKey(secret as DynamicSecret, call, sessions),
  },
})
