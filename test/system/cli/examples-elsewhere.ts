/** Commands whose examples run elsewhere, and in which test. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  'roles list': 'system/cli/roles.test.ts',
  'roles explain': 'system/cli/roles.test.ts',
  'hosts list': 'system/cli/hosts.test.ts',
  'hosts show': 'system/cli/hosts.test.ts',
  'hosts enable': 'system/cli/hosts.test.ts',
  'hosts disable': 'system/cli/hosts.test.ts',
  'certs list': 'system/cli/certs.test.ts',
  'certs show': 'system/cli/certs.test.ts',
  'certs revoke': 'system/cli/certs.test.ts',
  krl: 'system/cli/certs.test.ts',
  keys: 'system/cli/certs.test.ts',
  'policy test': 'system/cli/policies.test.ts',
  'lease list': 'system/cli/leases.test.ts',
  'user off': 'system/cli/user-off.test.ts',
  debug: 'system/cli/debug.test.ts',
  otp: 'system/cli/otp.test.ts',
}

const LOGINS = 'needs hosts and OpenSSH: test/system/cli/ssh-*.test.ts and test/system/hosts'
const MACHINE =
  'changes the machine or a stopped engine: test/system/cli/storage.test.ts, test/system/long'
const SHARES = 'takes shares of this engine: test/system/cli/operator.test.ts'
const LOGS = 'reads the log files of an engine: test/system/cli/audit.test.ts'

/** Commands whose examples do not run as they stand, why, and which tests run the command. */
export const NOT_AS_WRITTEN: Readonly<Record<string, string>> = {
  ...{ ssh: LOGINS, scp: LOGINS, sftp: LOGINS, rsync: LOGINS, 'ssh-config': LOGINS },
  login: 'needs users and providers: test/system/cli/login.test.ts, test/system/cli/oidc*.test.ts',
  server:
    'runs until it is ended: test/unit/cli/server/server.test.ts, test/system/cli/check.test.ts',
  import: 'needs another server: test/system/clients/import.test.ts',
  ...{ 'audit verify': LOGS, 'audit tail': LOGS },
  'operator setup': MACHINE,
  'operator renew-certificate': MACHINE,
  'operator adopt-storage': MACHINE,
  'operator backup': MACHINE,
  'operator migrate': MACHINE,
  'operator restore': MACHINE,
  ...{ 'operator init': SHARES, 'operator unseal': SHARES },
  'operator rotate-keys': SHARES,
  ...{ 'operator rekey': SHARES, 'operator generate-root': SHARES },
}
