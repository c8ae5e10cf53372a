import { nearest } from '../../shared/nearest.ts'
import { Refusal } from '../refusal.ts'
import { commandHelp } from './command-help.ts'
import { doctor } from './doctor.ts'
import { enroll } from './enroll.ts'
import { help } from './help.ts'
import { hostCert } from './host-cert.ts'
import type { CommandResult, HostCommand } from './host-command.ts'
import { readHostFlags } from './host-flags.ts'
import { TOKEN_FLAGS } from './host-token.ts'
import { krl } from './krl.ts'
import { ownVersion } from './own-version.ts'
import { setup } from './setup.ts'
import { trust } from './trust.ts'
import { verifyKeys } from './verify-keys.ts'

export const HOST_COMMANDS: Readonly<Record<string, HostCommand>> = {
  setup: {
    text: `Sets this host up for one-time passwords, and takes that back. Shows what it changes
and asks. Tries wrong and right passwords on an sshd of its own before the real one
is touched. Then log in again and run "postern-helper setup -confirm" there: without
it, everything is taken back after 5 minutes or at a reboot. With -yes the trial is
the confirmation. Touches sshd alone, never the console, su or sudo. Running it again
changes only what differs. Exit codes: 0 done, 2 -diff has something to show, 3 a
file must be changed by hand, 4 refused after a trial, 5 waiting for -confirm.`,
    flags: {
      engine: ['URL', 'address of the engine, or several separated by commas'],
      'ca-fingerprint': [
        'SHA256:…',
        'fingerprint of its CA; without it the CAs that this machine trusts',
      ],
      mount: ['PATH', 'where the SSH engine is mounted; ssh if left out'],
      roles: ['ROLES', 'roles that may log in, separated by commas; * if left out'],
      name: ['NAME', 'enrols this host under the name, with the next flag'],
      'enroll-token-file': ['FILE', 'file with an enrolment token'],
      format: ['FORMAT', 'text or json'],
      'confirm-within': ['TIME', 'how long it waits for -confirm; 5m if left out'],
      rollback: ['ID', 'takes an unconfirmed set-up back; timers run it'],
    },
    switches: {
      diff: 'shows what would change, and changes nothing',
      yes: 'asks nothing; the trial is the confirmation',
      confirm: 'keeps the set-up; in a new login',
      undo: 'restores every file',
      'keep-settings': 'with -undo: keeps helper.toml and the key of this host',
      force:
        'goes on although no administrator has a key that sshd accepts; with -undo: although sshd takes passwords then',
    },
    examples: [
      'postern-helper setup -engine=https://engine.example.com:8200 -ca-fingerprint=SHA256:…',
      'postern-helper setup -confirm',
      'postern-helper setup -yes -engine=https://engine.example.com:8200 -ca-fingerprint=SHA256:… -name=web-1 -enroll-token-file=/root/enroll-token',
      'postern-helper setup -undo -diff',
    ],
    run: setup,
  },
  doctor: {
    text: `Checks all that a login needs, and prints one line for each check: what is wrong, and
a command that mends it. The first failure is the cause; what only follows from it is
not tried. With -user it explains what would happen to one login, and why, without
asking for a password. As monitoring plugins do, it exits with 0 if all is well, with
1 for warnings, and with 2 for failures. Its result is stored for the timers, which
tell the engine.`,
    flags: {
      user: ['USER', 'explains a login of this user'],
      from: ['ADDRESS', 'the client address of that login; 127.0.0.1 if left out'],
      format: ['FORMAT', 'text or json; names of checks and causes are stable'],
      textfile: ['FILE', "writes metrics for node_exporter's textfile collector"],
    },
    switches: {
      fix: 'mends what is safe to mend: modes, missing directories, timers; never PAM or sshd',
    },
    examples: [
      'postern-helper doctor',
      'postern-helper doctor -fix',
      'postern-helper doctor -user=alice -from=10.1.2.9',
      'postern-helper doctor -format=json',
      'postern-helper doctor -textfile=/var/lib/prometheus/node-exporter/postern.prom',
    ],
    run: doctor,
  },
  enroll: {
    text: `Enrols this host: makes its key, presents an enrolment token and the public key
to the engine, and writes host_name, host_key and verify_keys into the
configuration. From then on this host signs its requests, and accepts only signed
answers. "postern write -force ssh/hosts/NAME/enroll" issues a token. Where the
configuration cannot be changed, because it is a link, read-only or not TOML,
nothing is changed and the token stays valid: add the lines that are printed, and
run this again. The exit code is 3 then.`,
    flags: {
      name: ['NAME', 'name of this host, in lower case; required'],
      'token-file': ['FILE', 'file with the enrolment token; required'],
      key: ['FILE', 'file for the private key; /etc/postern/host-key if left out'],
    },
    examples: ['postern-helper enroll -name=web-1 -token-file=/root/enroll-token'],
    run: enroll,
  },
  krl: {
    text: `Fetches the list of revoked keys (KRL) and installs it for RevokedKeys of sshd.
Keeps the old list if the new one is not valid, older, or not signed although
verify_keys is set. postern-krl.timer runs it. No token is needed.`,
    flags: { out: ['FILE', 'file of the list; /etc/ssh/postern-revoked if left out'] },
    examples: ['postern-helper krl', 'postern-helper krl -out=/etc/ssh/revoked-of-users'],
    run: krl,
  },
  trust: {
    text: `Fetches the keys of the user CAs and installs them for TrustedUserCAKeys of sshd.
Keeps the old keys if the new ones are not valid, or not signed although
verify_keys is set. postern-trust.timer runs it. No token is needed.`,
    flags: { out: ['FILE', 'file of the keys; /etc/ssh/postern-trusted if left out'] },
    examples: ['postern-helper trust'],
    run: trust,
  },
  'verify-keys': {
    text: `Fetches the keys that the engine signs its answers with, and stores them in
state_directory. A set is taken over only if a key that this host trusts has
signed it. postern-verify-keys.timer runs it. No token is needed.`,
    flags: {},
    examples: ['postern-helper verify-keys'],
    run: verifyKeys,
  },
  'host-cert': {
    text: `Requests a certificate for the key of this host and reloads sshd. Does nothing
while more than a third of the validity of the present certificate is left.
postern-host-cert.timer runs it. It needs a token: from a file, or by a login
with an AppRole.`,
    flags: {
      role: ['ROLE', 'role of the SSH engine that signs host keys; required'],
      principals: [
        'NAMES',
        'names and addresses of this host, separated by commas; its own if left out',
      ],
      key: ['FILE', 'public key; /etc/ssh/ssh_host_ed25519_key.pub if left out'],
      reload: ['COMMAND', 'shell command that reloads sshd; systemctl if left out'],
      ...TOKEN_FLAGS,
    },
    examples: [
      'postern-helper host-cert -role=hosts -token-file=/etc/postern/token',
      'postern-helper host-cert -role=hosts -role-id-file=/etc/postern/role-id -secret-id-file=/etc/postern/secret-id',
    ],
    run: hostCert,
  },
  version: {
    text: 'Prints the version.',
    flags: {},
    switches: { licenses: 'prints the licence texts of everything in this program instead' },
    examples: ['postern-helper version', 'postern-helper version -licenses'],
    run: ownVersion,
  },
}

const HELP: ReadonlySet<string> = new Set(['-h', '-help', '--help'])

/** Runs a command, and returns lines that say what was done. @throws {Refusal} */
export async function dispatch(
  name: string,
  given: readonly string[],
): Promise<string | CommandResult> {
  if (name === 'help') return helpOf(given[0])
  if (given.some(word => HELP.has(word))) return helpOf(name)
  const command = commandNamed(name)
  return command.run(readHostFlags(name, command, given))
}

const helpOf = (name: string | undefined): string =>
  name === undefined || HELP.has(name) ? help().trimEnd() : commandHelp(name, commandNamed(name))

function commandNamed(name: string): HostCommand {
  const command = Object.hasOwn(HOST_COMMANDS, name) ? HOST_COMMANDS[name] : undefined
  if (command) return command
  const names = [...Object.keys(HOST_COMMANDS), 'help']
  const guess = nearest(name, names)
  const hint =
    guess === undefined ? `there are ${names.join(', ')}; see -help` : `did you mean ${guess}?`
  throw new Refusal('usage', `unknown command "${name}": ${hint}`)
}
