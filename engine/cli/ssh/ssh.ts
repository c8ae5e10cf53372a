import { boolean, string } from '../../../shared/field.ts'
import { KEY_TYPES, type KeyType } from '../../ssh/role/key-type.ts'
import type { CliIo } from '../cli-io.ts'
import { type Call, command } from '../command.ts'
import { choice } from '../flags.ts'
import { trimPath } from '../path.ts'
import { variable } from '../variable.ts'
import { inProgress } from './config/in-progress.ts'
import { defaultRole } from './default-role.ts'
import { hostNameOf } from './host-name.ts'
import { Interruption } from './interruption.ts'
import { kindOf, modeOf, type RoleKind } from './key-type.ts'
import { leasedLogin } from './leased-login.ts'
import type { LoginContext, LoginOptions } from './login-options.ts'
import { runSsh } from './run-ssh.ts'
import { needsNoLogin, parseSshArguments } from './ssh-arguments.ts'
import { sshWords } from './ssh-flags.ts'
import { strictness } from './strictness.ts'
import { findTarget, type Target } from './target.ts'

const FLAGS = {
  role: string({
    description:
      'Role to log in with. The default is the only role that fits the host; if several do, you are asked at a terminal, and the answer is remembered for the host.',
  }),
  host: string({
    description:
      'With a one-time password: name of the enrolled host in the engine, for roles with hosts or host_groups, where ssh knows it by another.',
  }),
  mode: choice(...KEY_TYPES)({
    description:
      'Kind of credential: "otp" for a one-time password, "ca" for a certificate, "dynamic" for a key installed on the host. The default is that of the role.',
  }),
  choose: boolean({
    description:
      'Without -role: ask which role to use if several fit, although an answer is remembered for this host.',
    default: false,
  }),
  confirm: boolean({
    description:
      'With a certificate or a dynamic key: the ssh-agent asks before each use of the key that is added to it. It needs an agent with a program to ask.',
    default: false,
  }),
  'no-exec': boolean({
    description: 'Print the credential instead of running ssh.',
    default: false,
  }),
  'mount-point': string({
    description: 'Path of the SSH secrets engine.',
    default: 'ssh/',
  }),
  'strict-host-key-checking': choice(
    'yes',
    'ask',
    'accept-new',
    'no',
  )({
    description:
      'StrictHostKeyChecking of ssh, for unknown host keys: "yes" rejects them, "ask" prompts, "accept-new" and "no" accept them. The default is that of the configuration of ssh. Environment: POSTERN_SSH_STRICT_HOST_KEY_CHECKING.',
  }),
  'user-known-hosts-file': string({
    description:
      'UserKnownHostsFile of ssh: a file of known host keys, instead of the usual ones. Environment: POSTERN_SSH_USER_KNOWN_HOSTS_FILE.',
  }),
  'public-key-path': string({
    description:
      'With -mode=ca: public key file to sign. The default is the usual key in ~/.ssh, or one of the agent.',
  }),
  'private-key-path': string({
    description:
      'With -mode=ca: private key file. The default is the public key file without ".pub".',
  }),
  'valid-principals': string({
    description:
      'With -mode=ca: principals of the certificate, separated by commas. The default is the user of the login.',
  }),
  'host-key-mount-point': string({
    description:
      'Path of the SSH secrets engine whose CA signs host keys. Only hosts with a certificate of that CA are trusted. Environment: POSTERN_SSH_HOST_KEY_MOUNT_POINT.',
  }),
  'host-key-hostnames': string({
    description: 'Patterns of host names that this CA is trusted for, as in known_hosts.',
    default: '*',
  }),
  'ssh-executable': string({
    description:
      'The ssh program to run. A script should end in "exec ssh": behind a jump host, only the process that was started gets the password.',
    default: 'ssh',
  }),
}

export const ssh = command({
  name: 'ssh',
  summary: 'Log in to a host with a credential of the engine',
  usage: '[options] [user@]host [ssh options] [command...]',
  text: `
Requests a credential for the host and logs in with it, by running ssh. The engine is asked which role fits, and the role says what kind of credential it is. A one-time password is passed to ssh without being shown, which
requires OpenSSH 8.4 or later. Options of ssh may also precede the host, unless they are spelled like a flag below. The host and everything
after it are passed to ssh unchanged. The exit code is that of ssh, which is that of the remote command.

    $ postern ssh ubuntu@10.1.2.3
    $ postern ssh -role=web ubuntu@10.1.2.3

A role may name enrolled hosts in place of addresses. The name is then the one on the command line, or HostKeyAlias or HostName in the
configuration of ssh. If the engine knows the host by another:

    $ postern ssh -role=servers -host=web-1 ubuntu@gate.example.com

In a pipe:

    $ tar c folder | postern ssh -role=web ubuntu@web.example.com tar x

With options of ssh:

    $ postern ssh -role=web -p 2222 -N -L 8080:localhost:80 ubuntu@web.example.com

For a one-time password, BatchMode, KbdInteractiveAuthentication and PreferredAuthentications of ssh are overridden. Through a jump host, with
your own login there, or with a one-time password for it by the script below:

    $ postern ssh -role=web -J ann@gate.example.com ubuntu@10.1.2.3
    $ postern ssh -role=web -o ProxyCommand="./postern-ssh %r@gate -W %h:%p" ubuntu@web

With a certificate for your own key, or for one that is made for the session if you have none. It is also added to your ssh-agent until it expires, unless the agent already has the key:

    $ postern ssh -mode=ca -role=ops ubuntu@web.example.com

With a dynamic key, which the engine installs on the host and removes when ssh exits:

    $ postern ssh -mode=dynamic -role=deploy ubuntu@10.1.2.3

For programs that run ssh themselves: rsync and git accept the command; scp, sftp, Ansible (ansible_ssh_executable) and VS Code accept a script with the line exec postern ssh -role=web "$@"

    $ rsync -e "postern ssh -role=web" -a folder/ ubuntu@10.1.2.3:folder/
    $ GIT_SSH_COMMAND="postern ssh -role=web" git clone ubuntu@10.1.2.3:project.git
    $ scp -S ./postern-ssh file ubuntu@10.1.2.3:
    $ sftp -S ./postern-ssh -b batch ubuntu@10.1.2.3

Print only the password, for another program:

    $ postern ssh -role=web -no-exec -field=key ubuntu@10.1.2.3

ssh prompts before it trusts an unknown host key, and rejects it without a terminal. Hosts with certificates of the engine need no prompt:

    $ postern ssh -role=web -host-key-mount-point=ssh-hosts ubuntu@10.1.2.3`,
  flags: FLAGS,
  arguments: [1, Infinity],
  names: {
    arguments: ['login'],
    flags: { role: 'role', 'mount-point': 'mount', 'host-key-mount-point': 'mount', host: 'host' },
  },
  prints: 'field',
  endsAtArgument: true,
  foreign: sshWords,
  async run(call) {
    const { flags, io } = call
    if (needsNoLogin(call.args)) return askSsh(flags['ssh-executable'], call.args, io)
    // what reads keys needs a working folder, and nothing may be issued before that is known
    process.cwd()
    const client = call.connect({ wrapTtl: undefined })
    const { host: typed } = parseSshArguments(call.args)
    const environment = inProgress(io.environment, typed)
    const context = { client, print: call.print, io: { ...io, environment } }
    const options = optionsOf(call)
    const mode = flags.mode === undefined ? undefined : modeOf(flags.mode.toLowerCase())
    const chosen = await chosenRole({ ...options, ...{ mode, host: flags.host } }, call, context)
    const host = hostNameOf(flags.host, chosen.keyType)
    switch (chosen.keyType) {
      case 'otp':
      case 'dynamic':
        return leasedLogin({ ...options, ...chosen, mode: mode && chosen.keyType, host }, context)
      case 'ca': {
        const { certificateLogin } = await import('./certificate-login.ts')
        return certificateLogin({ ...options, ...keyPaths(flags), ...chosen }, context)
      }
    }
  },
})

interface Asked extends Pick<LoginOptions, 'mount' | 'words' | 'executable'> {
  readonly role: string | undefined
  readonly mode: KeyType | undefined
  /** Name of an enrolled host, as written. */
  readonly host: string | undefined
}

/** The role to log in with, and what it makes. The target is known where it had to be found for that. @throws {Failure} */
async function chosenRole(
  asked: Asked,
  { flags, io, nonInteractive }: Call<typeof FLAGS>,
  context: LoginContext,
): Promise<RoleKind & { readonly role: string; readonly target?: Target }> {
  const { role, mode, mount, words, executable } = asked
  if (role !== undefined)
    return { role, ...(mode ? kindIn(mode) : await kindOf(context.client, mount, role)) }
  const host = hostNameOf(asked.host, mode ?? 'otp')
  // a name for the engine needs no address, and name servers may not know the host
  const resolve = host === undefined
  const target = await findTarget({ executable, environment: io.environment }, words, { resolve })
  const asks = !nonInteractive && (flags.choose ? 'again' : true)
  const only = mode ?? (host === undefined ? undefined : 'otp')
  const found = await defaultRole({ mount, host, mode: only, asks }, target, context)
  return { ...found, keyType: found.keyType ?? 'otp', target }
}

/** What is known without the role. */
const kindIn = (mode: KeyType): RoleKind => ({
  keyType: mode,
  naming: mode === 'dynamic' ? 'addresses' : undefined,
})

function optionsOf({ flags, args, io }: Call<typeof FLAGS>) {
  const get = (name: string) => variable(io.environment, `SSH_${name}`)
  return {
    words: args,
    role: flags.role,
    mount: trimPath(flags['mount-point']),
    executable: flags['ssh-executable'],
    strictHostKeyChecking: strictness(
      flags['strict-host-key-checking'] ?? get('STRICT_HOST_KEY_CHECKING'),
    ),
    userKnownHostsFile: flags['user-known-hosts-file'] ?? get('USER_KNOWN_HOSTS_FILE'),
    hostMount: trimmed(flags['host-key-mount-point'] ?? get('HOST_KEY_MOUNT_POINT')),
    hostNames: flags['host-key-hostnames'],
    confirms: flags.confirm,
    noExec: flags['no-exec'],
  }
}

const keyPaths = (flags: Call<typeof FLAGS>['flags']) => ({
  publicKeyPath: flags['public-key-path'],
  privateKeyPath: flags['private-key-path'],
  validPrincipals: flags['valid-principals'],
})

/** Runs ssh without a login, for queries such as `-V` and `-G`. */
async function askSsh(executable: string, words: readonly string[], { environment }: CliIo) {
  using interruption = new Interruption()
  return (await runSsh({ executable, words, environment, interruption })).code
}

const trimmed = (path: string | undefined) => (path === undefined ? undefined : trimPath(path))
