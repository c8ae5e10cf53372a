import type { CredentialKind, Engine } from '../api/engine.ts'
import { adoptRevocations } from './ca/adopt-revocations.ts'
import { caConfig, knownHosts, publicKey, publicKeys } from './ca/ca-paths.ts'
import { certificatePaths } from './ca/certificate-paths.ts'
import { certificateSettings } from './ca/certificate-settings-paths.ts'
import { shortenList } from './ca/expired-revocations.ts'
import { forgetOld, moveFound } from './ca/inventory.ts'
import { issue } from './ca/issue-paths.ts'
import { issuerPaths } from './ca/issuer-paths.ts'
import { issuerReport } from './ca/issuer-report-paths.ts'
import { krl } from './ca/krl-paths.ts'
import { forgetForeignChanges, krlState, leapKrl } from './ca/krl-version.ts'
import { forgetSerials } from './ca/revocations.ts'
import { revoke } from './ca/revoke-paths.ts'
import { revokePreview } from './ca/revoke-preview-paths.ts'
import { sign } from './ca/sign-paths.ts'
import { describeKey } from './dynamic/describe-key.ts'
import { type DynamicSecret, forgetKey, renewKey, revokeKey } from './dynamic/dynamic-lease.ts'
import { hostKeyPaths } from './dynamic/host-key-paths.ts'
import type { HostSessions } from './dynamic/host-sessions.ts'
import { installedKeys } from './dynamic/installed-key-paths.ts'
import { keyEndpoint } from './dynamic/key-paths.ts'
import { sweep } from './dynamic/stray-keys-paths.ts'
import { explain } from './explain/explain-paths.ts'
import { enroll } from './host/enroll-paths.ts'
import { enrollToken, fleetTokens, hostEnroll } from './host/enroll-token-paths.ts'
import { endEnrollTokens, forgetEnrollTokens } from './host/enroll-tokens.ts'
import { hostList } from './host/host-list-paths.ts'
import { hostEndpoint } from './host/host-paths.ts'
import { SeenHosts } from './host/seen-hosts.ts'
import { requireVerifySettings, verifySettingsEndpoint } from './host/verify-settings-paths.ts'
import { creds } from './otp/creds-paths.ts'
import { otpState } from './otp/otp-paths.ts'
import { OtpWaits } from './otp/otp-waits.ts'
import { loginOf, otps } from './otp/otps.ts'
import { RememberedReplyKeys } from './otp/remembered-reply-keys.ts'
import { replyKeyPaths } from './otp/reply-key-paths.ts'
import { leapReplyKeys, requireReplyKeys } from './otp/reply-keys.ts'
import { selfTest } from './otp/self-test-paths.ts'
import { deletePasswords, deleteTombstones, endUnused } from './otp/tombstones.ts'
import { verify } from './otp/verify-paths.ts'
import type { LeasedKeyType } from './role/key-type.ts'
import { lookup } from './role/lookup-paths.ts'
import { roleEndpoint, roleList } from './role/role-paths.ts'
import { zeroAddress } from './role/zero-address-paths.ts'

/** Records that are deleted in one transaction. */
const FORGET_BATCH = 500

/** The SSH secrets engine. @param sessions with which it reaches the hosts that it installs keys on @param waits that the server ends */
export const ssh = (
  sessions: HostSessions,
  waits = new OtpWaits(),
  remembered = new RememberedReplyKeys(),
  seen = new SeenHosts(),
): Engine => ({
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
    installedKeys,
    sweep(sessions),
    lookup,
    explain,
    verify(remembered, seen),
    ...replyKeyPaths(seen),
    otpState(waits),
    verifySettingsEndpoint,
    hostList(seen),
    hostEndpoint(seen),
    hostEnroll(seen),
    selfTest(seen),
    fleetTokens,
    enrollToken,
    enroll(seen),
    zeroAddress,
    caConfig,
    publicKey,
    publicKeys,
    knownHosts,
    ...issuerPaths,
    sign(seen),
    issue,
    ...certificatePaths,
    certificateSettings,
    revoke,
    revokePreview,
    krl(seen),
    issuerReport,
  ],
  forget() {
    remembered.clear()
    waits.end()
    seen.clear()
  },
  async upgrade(call) {
    await requireVerifySettings(call.tx)
    await requireReplyKeys(call)
    if (!call.mount.hasRecords || (await krlState(call.tx)).byOlder)
      await adoptRevocations(call, call.now)
    return []
  },
  moveNames: moveFound,
  async maintain(call) {
    // a node of an older version may have made the mount
    await requireVerifySettings(call.tx)
    await requireReplyKeys(call)
    await forgetSerials(call, await forgetOld(call, call.now, FORGET_BATCH))
    await shortenList(call, call.now)
    await forgetForeignChanges(call)
    await forgetEnrollTokens(call)
    const isMore = await seen.write(call)
    return (await deleteTombstones(call, FORGET_BATCH)) || isMore
  },
  async restored({ tx, now }) {
    if (await deletePasswords(tx, FORGET_BATCH)) return 'otp'
    const token = await endEnrollTokens(tx, FORGET_BATCH)
    if (token !== undefined) return token
    await leapKrl(tx, now)
    await leapReplyKeys(tx)
    return undefined
  },
  credentials: credentials(sessions),
})

/** What a lease knows of its password. */
interface OtpSecret {
  readonly id: string
}

/** A kind of credential that `creds` leases is not forgotten here: the compiler demands one of each. */
const credentials = (sessions: HostSessions): Readonly<Record<LeasedKeyType, CredentialKind>> => ({
  otp: {
    // put there by creds, and only by creds
    revoke: (secret, call) => endUnused((secret as OtpSecret).id, call),
    async describe(secret, { tx }) {
      const otp = await otps.get(tx, (secret as OtpSecret).id)
      return otp && loginOf(otp)
    },
  },
  dynamic: {
    revoke: (secret, call) => revokeKey(secret as DynamicSecret, call, sessions),
    describe: async secret => describeKey(secret as DynamicSecret),
    giveUp: (secret, { tx }) => forgetKey(secret as DynamicSecret, tx),
    renew: (secret, call) => renewKey(secret as DynamicSecret, call, sessions),
  },
})
