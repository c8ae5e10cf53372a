import { EXIT_CODES } from '../exit-codes.ts'

/** What `-help` prints. */
export const help = (): string => `Usage: postern-helper [flags]
       postern-helper COMMAND [flags]

Decides about a login with a one-time password. PAM runs it, with

  auth requisite pam_exec.so quiet expose_authtok /usr/bin/postern-helper

which hands over the password through stdin and the rest as variables.

Flags, with one dash or two:
  -config=FILE       settings, /etc/postern/helper.toml if left out
  -verify-only       asks every engine whether it is there, judges sshd and its PAM stack,
                     and logs nobody in
  -dev               allows http:// and tls_skip_verify, for trying things out
  -log-level=LEVEL   error, warn: log refusals only; info, debug, trace: every login
  -version           prints the version
  -help              prints this

For hosts with certificates, run by timers:
  trust      fetches the keys that may sign for users, for TrustedUserCAKeys
               -out=FILE          /etc/ssh/postern-trusted if left out
  krl        fetches the list of revoked keys, for RevokedKeys; keeps the old one on any doubt
               -out=FILE          /etc/ssh/postern-revoked if left out
  host-cert  has the key of this host signed, and again when a third of the certificate's life is left
               -role=ROLE         role of the SSH engine that signs for hosts
               -principals=NAMES  names and addresses of this host; its own if left out
               -key=FILE          /etc/ssh/ssh_host_ed25519_key.pub if left out
               -reload=COMMAND    how sshd is told; by systemctl if left out
               -token-file=FILE   a token, which is renewed; or
               -role-id-file=FILE -secret-id-file=FILE [-approle-mount=PATH]
  Each takes -config and -dev, too, and tells more with -help.

  version    prints the version
               -licenses          prints the licence texts of all that is in this program

  postern-helper krl
  postern-helper host-cert -role=hosts -token-file=/etc/postern/token

Exit codes:
${Object.values(EXIT_CODES)
  .map(({ code, meaning }) => `  ${String(code).padEnd(3)} ${meaning}`)
  .join('\n')}
Killed by signal 9: denied at the deadline, while the name service did not answer.
When PAM runs it, -help, -version and -verify-only are denied with ${EXIT_CODES.usage.code}.
`
