import type { Command } from './command.ts'
import { auditDisable } from './commands/audit-disable.ts'
import { auditEnable } from './commands/audit-enable.ts'
import { auditHash } from './commands/audit-hash.ts'
import { auditKey } from './commands/audit-key.ts'
import { auditList } from './commands/audit-list.ts'
import { auditSearch } from './commands/audit-search.ts'
import { auditTail } from './commands/audit-tail.ts'
import { auditVerify } from './commands/audit-verify.ts'
import { authDisable } from './commands/auth-disable.ts'
import { authEnable } from './commands/auth-enable.ts'
import { authList } from './commands/auth-list.ts'
import { authTune } from './commands/auth-tune.ts'
import { deletion } from './commands/deletion.ts'
import { leaseLookup } from './commands/lease-lookup.ts'
import { leaseRenew } from './commands/lease-renew.ts'
import { leaseRevoke } from './commands/lease-revoke.ts'
import { list } from './commands/list.ts'
import { login } from './commands/login.ts'
import { mount } from './commands/mount.ts'
import { mounts } from './commands/mounts.ts'
import { operatorAdoptStorage } from './commands/operator-adopt-storage.ts'
import { operatorBackup } from './commands/operator-backup.ts'
import { operatorGenerateRoot } from './commands/operator-generate-root.ts'
import { operatorGenerateSealKey } from './commands/operator-generate-seal-key.ts'
import { operatorInit } from './commands/operator-init.ts'
import { operatorKeyStatus } from './commands/operator-key-status.ts'
import { operatorMigrate } from './commands/operator-migrate.ts'
import { operatorRekey } from './commands/operator-rekey.ts'
import { operatorRestore } from './commands/operator-restore.ts'
import { operatorRotate } from './commands/operator-rotate.ts'
import { operatorSeal } from './commands/operator-seal.ts'
import { operatorUnseal } from './commands/operator-unseal.ts'
import { pathHelp } from './commands/path-help.ts'
import { policyDelete } from './commands/policy-delete.ts'
import { policyFmt } from './commands/policy-fmt.ts'
import { policyList } from './commands/policy-list.ts'
import { policyRead } from './commands/policy-read.ts'
import { policyWrite } from './commands/policy-write.ts'
import { read } from './commands/read.ts'
import { secretsDisable } from './commands/secrets-disable.ts'
import { secretsEnable } from './commands/secrets-enable.ts'
import { secretsList } from './commands/secrets-list.ts'
import { secretsMove } from './commands/secrets-move.ts'
import { secretsTune } from './commands/secrets-tune.ts'
import { server } from './commands/server.ts'
import { ssh } from './commands/ssh.ts'
import { status } from './commands/status.ts'
import { tokenCapabilities } from './commands/token-capabilities.ts'
import { tokenCreate } from './commands/token-create.ts'
import { tokenLookup } from './commands/token-lookup.ts'
import { tokenRenew } from './commands/token-renew.ts'
import { tokenRevoke } from './commands/token-revoke.ts'
import { unmount } from './commands/unmount.ts'
import { unwrap } from './commands/unwrap.ts'
import { version } from './commands/version.ts'
import { write } from './commands/write.ts'
import { completion } from './completion/completion.ts'

/** Every command there is. */
export const COMMANDS: readonly Command[] = [
  ssh,
  server,
  status,
  login,
  read,
  write,
  list,
  deletion,
  pathHelp,
  secretsEnable,
  secretsList,
  secretsDisable,
  secretsTune,
  secretsMove,
  authEnable,
  authList,
  authDisable,
  authTune,
  unwrap,
  policyWrite,
  policyRead,
  policyList,
  policyDelete,
  policyFmt,
  tokenCapabilities,
  tokenCreate,
  tokenLookup,
  tokenRenew,
  tokenRevoke,
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
  operatorMigrate,
  operatorRestore,
  mount,
  unmount,
  mounts,
  version,
  completion(() => COMMANDS),
]
