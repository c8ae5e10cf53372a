import { EXIT_CODES } from '../exit-codes.ts'

/** What `-help` prints. */
export const help = (): string => `Usage: postern-helper [flags]
       postern-helper COMMAND [flags]

Decides about a login with a one-time password. PAM runs it:

  auth requisite pam_exec.so quiet stdout expose_authtok /usr/local/sbin/postern-helper -tell-user

pam_exec passes the password on stdin, and the rest in the environment.

Flags, with one dash or two:
  -config=FILE       settings, /etc/postern/helper.toml if left out
  -verify-only       checks that every engine answers, and the settings of sshd and its
                     PAM stack; no login
  -dev               allows http:// and tls_skip_verify, for trying things out
  -tell-user         prints a line for a user who is refused: the same whatever the reason,
                     and an id, which is in the log; needs stdout in the PAM line
  -log-level=LEVEL   error, warn: log refusals only; info, debug, trace: every login
  -version           prints the version
  -help              prints this

Run once, to set this host up:
  setup        writes settings, PAM stack and settings of sshd, tries them, and takes
               them back unless they are confirmed
                 -engine=URL -ca-fingerprint=SHA256:… [-name=NAME -enroll-token-file=FILE]
                 -diff, -yes, -confirm, -undo

Run whenever a login fails, and by monitoring:
  doctor       checks all that a login needs; the first failure is the cause, with a
               command that mends it
                 -user=USER -from=ADDRESS  explains one login
                 -fix                      mends modes, missing directories, timers
                 -format=json, -textfile=FILE

Run once, to have this host known to the engine:
  enroll       makes a key, and writes host_name, host_key and verify_keys
                 -name=NAME         name of this host
                 -token-file=FILE   an enrolment token
                 -key=FILE          /etc/postern/host-key if left out

Run by timers, on hosts with verify_keys:
  verify-keys  fetches the keys that sign the answers of the engine

On hosts with certificates, run by timers:
  trust      fetches the keys of the user CAs, for TrustedUserCAKeys
               -out=FILE          /etc/ssh/postern-trusted if left out
  krl        fetches the list of revoked keys (KRL), for RevokedKeys
               -out=FILE          /etc/ssh/postern-revoked if left out
  host-cert  requests a certificate for this host, and renews it when a third of its validity is left
               -role=ROLE         role of the SSH engine that signs host keys
               -principals=NAMES  names and addresses of this host; its own if left out
               -key=FILE          /etc/ssh/ssh_host_ed25519_key.pub if left out
               -reload=COMMAND    reloads sshd; systemctl if left out
               -token-file=FILE   a token, which is renewed; or
               -role-id-file=FILE -secret-id-file=FILE [-approle-mount=PATH]
  Each also takes -config and -dev, and shows more with -help.

  version    prints the version
               -licenses          prints the licence texts of everything in this program

  postern-helper krl
  postern-helper host-cert -role=hosts -token-file=/etc/postern/token

Exit codes:
${Object.values(EXIT_CODES)
  .map(({ code, meaning }) => `  ${String(code).padEnd(3)} ${meaning}`)
  .join('\n')}
Killed by signal 9: denied at the deadline, while the name service did not answer.
When PAM runs it, -help, -version and -verify-only are denied with ${EXIT_CODES.usage.code}.
`
