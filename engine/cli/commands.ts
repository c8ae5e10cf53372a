import type { Command } from './command.ts'

/** How each command is loaded, by its name; in the order of the help. */
const LOADERS = {
  ssh: async () => (await import('./ssh/ssh.ts')).ssh,
  scp: async () => (await import('./ssh/copy-commands.ts')).scp,
  sftp: async () => (await import('./ssh/copy-commands.ts')).sftp,
  rsync: async () => (await import('./ssh/copy-commands.ts')).rsync,
  'ssh-config': async () => (await import('./ssh/config/ssh-config.ts')).sshConfig,
  otp: async () => (await import('./otp/otp.ts')).otp,
  can: async () => (await import('./ssh/can.ts')).can,
  'roles list': async () => (await import('./roles/roles-list.ts')).rolesList,
  'roles explain': async () => (await import('./roles/roles-explain.ts')).rolesExplain,
  'hosts list': async () => (await import('./hosts/hosts-list.ts')).hostsList,
  'hosts show': async () => (await import('./hosts/hosts-show.ts')).hostsShow,
  'hosts disable': async () => (await import('./hosts/hosts-disable.ts')).hostsDisable,
  'hosts enable': async () => (await import('./hosts/hosts-disable.ts')).hostsEnable,
  'certs list': async () => (await import('./certs/certs-list.ts')).certsList,
  'certs show': async () => (await import('./certs/certs-show.ts')).certsShow,
  'certs revoke': async () => (await import('./certs/certs-revoke.ts')).certsRevoke,
  krl: async () => (await import('./ssh/krl.ts')).krl,
  keys: async () => (await import('./ssh/keys.ts')).keys,
  server: async () => (await import('./server/server.ts')).server,
  status: async () => (await import('./server/status.ts')).status,
  debug: async () => (await import('./debug/debug.ts')).debug,
  login: async () => (await import('./auth/login.ts')).login,
  read: async () => (await import('./data/read.ts')).read,
  write: async () => (await import('./data/write.ts')).write,
  patch: async () => (await import('./data/patch.ts')).patch,
  list: async () => (await import('./data/list.ts')).list,
  delete: async () => (await import('./data/delete.ts')).deletion,
  'path-help': async () => (await import('./data/path-help.ts')).pathHelp,
  import: async () => (await import('./import/import.ts')).importation,
  export: async () => (await import('./export/export.ts')).exportation,
  'secrets enable': async () => (await import('./secrets/secrets-enable.ts')).secretsEnable,
  'secrets list': async () => (await import('./secrets/secrets-list.ts')).secretsList,
  'secrets disable': async () => (await import('./secrets/secrets-disable.ts')).secretsDisable,
  'secrets tune': async () => (await import('./secrets/secrets-tune.ts')).secretsTune,
  'secrets move': async () => (await import('./secrets/secrets-move.ts')).secretsMove,
  'auth enable': async () => (await import('./auth/auth-enable.ts')).authEnable,
  'auth list': async () => (await import('./auth/auth-list.ts')).authList,
  'auth disable': async () => (await import('./auth/auth-disable.ts')).authDisable,
  'auth tune': async () => (await import('./auth/auth-tune.ts')).authTune,
  'auth move': async () => (await import('./auth/auth-move.ts')).authMove,
  'auth help': async () => (await import('./auth/auth-help.ts')).authHelp,
  unwrap: async () => (await import('./data/unwrap.ts')).unwrap,
  'policy write': async () => (await import('./policy/policy-write.ts')).policyWrite,
  'policy read': async () => (await import('./policy/policy-read.ts')).policyRead,
  'policy list': async () => (await import('./policy/policy-list.ts')).policyList,
  'policy delete': async () => (await import('./policy/policy-delete.ts')).policyDelete,
  'policy fmt': async () => (await import('./policy/policy-fmt.ts')).policyFmt,
  'policy test': async () => (await import('./policy/policy-test.ts')).policyTest,
  'print token': async () => (await import('./token/print-token.ts')).printToken,
  'token capabilities': async () =>
    (await import('./token/token-capabilities.ts')).tokenCapabilities,
  'token create': async () => (await import('./token/token-create.ts')).tokenCreate,
  'token lookup': async () => (await import('./token/token-lookup.ts')).tokenLookup,
  'token renew': async () => (await import('./token/token-renew.ts')).tokenRenew,
  'token revoke': async () => (await import('./token/token-revoke.ts')).tokenRevoke,
  'user off': async () => (await import('./user/user-off.ts')).userOff,
  'lease list': async () => (await import('./lease/lease-list.ts')).leaseList,
  'lease lookup': async () => (await import('./lease/lease-lookup.ts')).leaseLookup,
  'lease renew': async () => (await import('./lease/lease-renew.ts')).leaseRenew,
  'lease revoke': async () => (await import('./lease/lease-revoke.ts')).leaseRevoke,
  'audit enable': async () => (await import('./audit/audit-enable.ts')).auditEnable,
  'audit list': async () => (await import('./audit/audit-list.ts')).auditList,
  'audit disable': async () => (await import('./audit/audit-disable.ts')).auditDisable,
  'audit hash': async () => (await import('./audit/audit-hash.ts')).auditHash,
  'audit key': async () => (await import('./audit/audit-key.ts')).auditKey,
  'audit verify': async () => (await import('./audit/audit-verify.ts')).auditVerify,
  'audit search': async () => (await import('./audit/audit-search.ts')).auditSearch,
  'audit tail': async () => (await import('./audit/audit-tail.ts')).auditTail,
  'operator setup': async () => (await import('./operator/operator-setup.ts')).operatorSetup,
  'operator init': async () => (await import('./operator/operator-init.ts')).operatorInit,
  'operator unseal': async () => (await import('./operator/operator-unseal.ts')).operatorUnseal,
  'operator seal': async () => (await import('./operator/operator-seal.ts')).operatorSeal,
  'operator rotate': async () => (await import('./operator/operator-rotate.ts')).operatorRotate,
  'operator key-status': async () =>
    (await import('./operator/operator-key-status.ts')).operatorKeyStatus,
  'operator rotate-keys': async () =>
    (await import('./operator/operator-rotate-keys.ts')).operatorRotateKeys,
  'operator rekey': async () => (await import('./operator/operator-rekey.ts')).operatorRekey,
  'operator generate-root': async () =>
    (await import('./operator/operator-generate-root.ts')).operatorGenerateRoot,
  'operator generate-seal-key': async () =>
    (await import('./operator/operator-generate-seal-key.ts')).operatorGenerateSealKey,
  'operator adopt-storage': async () =>
    (await import('./operator/operator-adopt-storage.ts')).operatorAdoptStorage,
  'operator backup': async () => (await import('./operator/operator-backup.ts')).operatorBackup,
  'operator members': async () => (await import('./operator/operator-members.ts')).operatorMembers,
  'operator step-down': async () =>
    (await import('./operator/operator-step-down.ts')).operatorStepDown,
  'operator migrate': async () => (await import('./operator/operator-migrate.ts')).operatorMigrate,
  'operator restore': async () => (await import('./operator/operator-restore.ts')).operatorRestore,
  'operator renew-certificate': async () =>
    (await import('./operator/operator-renew-certificate.ts')).operatorRenewCertificate,
  mount: async () => (await import('./secrets/mount.ts')).mount,
  unmount: async () => (await import('./secrets/unmount.ts')).unmount,
  mounts: async () => (await import('./secrets/mounts.ts')).mounts,
  version: async () => (await import('./version.ts')).version,
  completion: async () =>
    (await import('./completion/completion.ts')).completion(() => allCommands()),
} satisfies Readonly<Record<string, () => Promise<Command>>>

/** The names of all commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(LOADERS)

/** Loads one command and nothing else, so that it starts fast; undefined if there is none of this name. */
export async function findCommand(name: string): Promise<Command | undefined> {
  return Object.hasOwn(LOADERS, name) ? LOADERS[name as keyof typeof LOADERS]() : undefined
}

/** Loads every command, or those of a group such as `token`. */
export async function allCommands(group?: string): Promise<readonly Command[]> {
  const names = COMMAND_NAMES.filter(name => group === undefined || name.startsWith(`${group} `))
  const found = await Promise.all(names.map(findCommand))
  return found.filter(command => command !== undefined)
}
