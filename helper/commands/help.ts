import { ENDS } from '../ends.ts'

/** What `-help` prints. */
export const help = (): string => `Usage: postern-helper [flags]

Decides about a login with a one-time password. PAM runs it, with

  auth requisite pam_exec.so quiet expose_authtok /usr/bin/postern-helper

which hands over the password through stdin and the rest as variables.

Flags, with one dash or two:
  -config=FILE       settings, /etc/postern/helper.toml if left out
  -verify-only       asks every engine whether it is there, and logs nobody in
  -dev               allows http:// and tls_skip_verify, for trying things out
  -log-level=LEVEL   error, warn: log refusals only; info, debug, trace: every login
  -version           prints the version
  -help              prints this

Exit codes:
${Object.values(ENDS)
  .map(({ code, meaning }) => `  ${String(code).padEnd(3)} ${meaning}`)
  .join('\n')}
Killed by signal 9: denied at the deadline, while the name service did not answer.
When PAM runs it, -help, -version and -verify-only are denied with ${ENDS.usage.code}.
`
