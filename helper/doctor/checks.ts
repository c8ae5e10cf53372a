import type { Check } from './check.ts'
import { allowedRoles } from './checks/allowed-roles.ts'
import { apparmor } from './checks/apparmor.ts'
import { authenticationMethods } from './checks/authentication-methods.ts'
import { authority } from './checks/authority.ts'
import { certificate } from './checks/certificate.ts'
import { clock } from './checks/clock.ts'
import { configuration } from './checks/configuration.ts'
import { disk } from './checks/disk.ts'
import { echo } from './checks/echo.ts'
import { engineVersion } from './checks/engine-version.ts'
import { enrollment } from './checks/enrollment.ts'
import { firewall } from './checks/firewall.ts'
import { hostCertificate } from './checks/host-certificate.ts'
import { hostKey } from './checks/host-key.ts'
import { keyboardInteractive } from './checks/keyboard-interactive.ts'
import { krl } from './checks/krl.ts'
import { lastLogin } from './checks/last-login.ts'
import { leftover } from './checks/leftover.ts'
import { logFile } from './checks/log-file.ts'
import { matchBlocks } from './checks/match-blocks.ts'
import { mount } from './checks/mount.ts'
import { nameService } from './checks/name-service.ts'
import { nologin } from './checks/nologin.ts'
import { otherEngines } from './checks/other-engines.ts'
import { otherPasswords } from './checks/other-passwords.ts'
import { pamAccount } from './checks/pam-account.ts'
import { pamCounters } from './checks/pam-counters.ts'
import { pamCredentials } from './checks/pam-credentials.ts'
import { pamFlags } from './checks/pam-flags.ts'
import { pamHelper } from './checks/pam-helper.ts'
import { pamIncludes } from './checks/pam-includes.ts'
import { pamOtherWays } from './checks/pam-other-ways.ts'
import { pamPassword } from './checks/pam-password.ts'
import { pamRefuses } from './checks/pam-refuses.ts'
import { pamService } from './checks/pam-service.ts'
import { pamSlip } from './checks/pam-slip.ts'
import { pins } from './checks/pins.ts'
import { program } from './checks/program.ts'
import { replyKeys } from './checks/reply-keys.ts'
import { root } from './checks/root.ts'
import { route } from './checks/route.ts'
import { sealed } from './checks/sealed.ts'
import { selinux } from './checks/selinux.ts'
import { serverName } from './checks/server-name.ts'
import { setupPending } from './checks/setup-pending.ts'
import { signature } from './checks/signature.ts'
import { sshdConfiguration } from './checks/sshd-configuration.ts'
import { sshdInclude } from './checks/sshd-include.ts'
import { sshdLimits } from './checks/sshd-limits.ts'
import { storedKeySet } from './checks/stored-keys.ts'
import { timers } from './checks/timers.ts'
import { tls } from './checks/tls.ts'
import { trustFiles } from './checks/trust-files.ts'
import { trustedCas } from './checks/trusted-cas.ts'
import { usePam } from './checks/use-pam.ts'

/**
 * All checks, each behind those that it depends on, causes before consequences: what is first found to fail keeps users out, or lets
 * others in.
 */
export const CHECKS: readonly Check[] = [
  root,
  configuration,
  program,
  disk,
  logFile,
  allowedRoles,
  hostKey,
  storedKeySet,
  trustFiles,
  nameService,
  route,
  firewall,
  tls,
  clock,
  authority,
  serverName,
  pins,
  certificate,
  sealed,
  mount,
  signature,
  echo,
  enrollment,
  sshdConfiguration,
  sshdInclude,
  leftover,
  usePam,
  keyboardInteractive,
  authenticationMethods,
  otherPasswords,
  sshdLimits,
  matchBlocks,
  pamService,
  pamIncludes,
  pamHelper,
  pamOtherWays,
  pamFlags,
  pamPassword,
  pamRefuses,
  pamCredentials,
  pamCounters,
  pamSlip,
  pamAccount,
  nologin,
  setupPending,
  selinux,
  apparmor,
  krl,
  trustedCas,
  hostCertificate,
  replyKeys,
  engineVersion,
  otherEngines,
  timers,
  lastLogin,
]
