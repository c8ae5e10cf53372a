import { auditDisable } from './audit/audit-disable.ts'
import { auditEnable } from './audit/audit-enable.ts'
import { auditHash } from './audit/audit-hash.ts'
import { auditKey } from './audit/audit-key.ts'
import { auditList } from './audit/audit-list.ts'
import { auditSearch } from './audit/audit-search.ts'
import { auditTail } from './audit/audit-tail.ts'
import { auditVerify } from './audit/audit-verify.ts'
import { authDisable } from './auth/auth-disable.ts'
import { authEnable } from './auth/auth-enable.ts'
import { authHelp } from './auth/auth-help.ts'
import { authList } from './auth/auth-list.ts'
import { authMove } from './auth/auth-move.ts'
import { authTune } from './auth/auth-tune.ts'
import { login } from './auth/login.ts'
import { certsList } from './certs/certs-list.ts'
import { certsRevoke } from './certs/certs-revoke.ts'
import { certsShow } from './certs/certs-show.ts'
import type { Command } from './command.ts'
import { completion } from './completion/completion.ts'
import { deletion } from './data/delete.ts'
import { list } from './data/list.ts'
import { patch } from './data/patch.ts'
import { pathHelp } from './data/path-help.ts'
import { read } from './data/read.ts'
import { unwrap } from './data/unwrap.ts'
import { write } from './data/write.ts'
import { debug } from './debug/debug.ts'
import { exportation } from './export/export.ts'
import { hostsDisable, hostsEnable } from './hosts/hosts-disable.ts'
import { hostsList } from './hosts/hosts-list.ts'
import { hostsShow } from './hosts/hosts-show.ts'
import { importation } from './import/import.ts'
import { leaseList } from './lease/lease-list.ts'
import { leaseLookup } from './lease/lease-lookup.ts'
import { leaseRenew } from './lease/lease-renew.ts'
import { leaseRevoke } from './lease/lease-revoke.ts'
import { operatorAdoptStorage } from './operator/operator-adopt-storage.ts'
import { operatorBackup } from './operator/operator-backup.ts'
import { operatorGenerateRoot } from './operator/operator-generate-root.ts'
import { operatorGenerateSealKey } from './operator/operator-generate-seal-key.ts'
import { operatorInit } from './operator/operator-init.ts'
import { operatorKeyStatus } from './operator/operator-key-status.ts'
import { operatorMembers } from './operator/operator-members.ts'
import { operatorMigrate } from './operator/operator-migrate.ts'
import { operatorRekey } from './operator/operator-rekey.ts'
import { operatorRenewCertificate } from './operator/operator-renew-certificate.ts'
import { operatorRestore } from './operator/operator-restore.ts'
import { operatorRotate } from './operator/operator-rotate.ts'
import { operatorSeal } from './operator/operator-seal.ts'
import { operatorSetup } from './operator/operator-setup.ts'
import { operatorStepDown } from './operator/operator-step-down.ts'
import { operatorUnseal } from './operator/operator-unseal.ts'
import { otp } from './otp/otp.ts'
import { policyDelete } from './policy/policy-delete.ts'
import { policyFmt } from './policy/policy-fmt.ts'
import { policyList } from './policy/policy-list.ts'
import { policyRead } from './policy/policy-read.ts'
import { policyTest } from './policy/policy-test.ts'
import { policyWrite } from './policy/policy-write.ts'
import { rolesExplain } from './roles/roles-explain.ts'
import { mount } from './secrets/mount.ts'
import { mounts } from './secrets/mounts.ts'
import { secretsDisable } from './secrets/secrets-disable.ts'
import { secretsEnable } from './secrets/secrets-enable.ts'
import { secretsList } from './secrets/secrets-list.ts'
import { secretsMove } from './secrets/secrets-move.ts'
import { secretsTune } from './secrets/secrets-tune.ts'
import { unmount } from './secrets/unmount.ts'
import { server } from './server/server.ts'
import { status } from './server/status.ts'
import { can } from './ssh/can.ts'
import { sshConfig } from './ssh/config/ssh-config.ts'
import { rsync, scp, sftp } from './ssh/copy-commands.ts'
import { keys } from './ssh/keys.ts'
import { krl } from './ssh/krl.ts'
import { ssh } from './ssh/ssh.ts'
import { printToken } from './token/print-token.ts'
import { tokenCapabilities } from './token/token-capabilities.ts'
import { tokenCreate } from './token/token-create.ts'
import { tokenLookup } from './token/token-lookup.ts'
import { tokenRenew } from './token/token-renew.ts'
import { tokenRevoke } from './token/token-revoke.ts'
import { userOff } from './user/user-off.ts'
import { version } from './version.ts'

/** Every command there is. */
export const COMMANDS: readonly Command[] = [
  ssh,
  scp,
  sftp,
  rsync,
  sshConfig,
  otp,
  can,
  rolesExplain,
  hostsList,
  hostsShow,
  hostsDisable,
  hostsEnable,
  certsList,
  certsShow,
  certsRevoke,
  krl,
  keys,
  server,
  status,
  debug,
  login,
  read,
  write,
  patch,
  list,
  deletion,
  pathHelp,
  importation,
  exportation,
  secretsEnable,
  secretsList,
  secretsDisable,
  secretsTune,
  secretsMove,
  authEnable,
  authList,
  authDisable,
  authTune,
  authMove,
  authHelp,
  unwrap,
  policyWrite,
  policyRead,
  policyList,
  policyDelete,
  policyFmt,
  policyTest,
  printToken,
  tokenCapabilities,
  tokenCreate,
  tokenLookup,
  tokenRenew,
  tokenRevoke,
  userOff,
  leaseList,
  leaseLookup,
  leaseRenew,
  leaseRevoke,
  auditEnable,
  auditList,
  auditDisable,
  auditHash,
  auditKey,
  auditVerify,
  auditSearch,
  auditTail,
  operatorSetup,
  operatorInit,
  operatorUnseal,
  operatorSeal,
  operatorRotate,
  operatorKeyStatus,
  operatorRekey,
  operatorGenerateRoot,
  operatorGenerateSealKey,
  operatorAdoptStorage,
  operatorBackup,
  operatorMembers,
  operatorStepDown,
  operatorMigrate,
  operatorRestore,
  operatorRenewCertificate,
  mount,
  unmount,
  mounts,
  version,
  completion(() => COMMANDS),
]
