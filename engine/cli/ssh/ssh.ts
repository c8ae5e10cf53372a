import { boolean, string } from '../../../shared/field.ts'
import { KEY_TYPES } from '../../ssh/role/key-type.ts'
import type { CliIo } from '../cli-io.ts'
import { type Call, command } from '../command.ts'
import { Failure } from '../failure.ts'
import { choice } from '../flags.ts'
import { trimPath } from '../path.ts'
import { variable } from '../variable.ts'
import { Interruption } from './interruption.ts'
import { keyTypeOf, modeOf } from './key-type.ts'
import { login } from './login.ts'
import { runSsh } from './run-ssh.ts'
import { isQuestion } from './ssh-arguments.ts'
import { sshWords } from './ssh-flags.ts'

const FLAGS = {
  role: string({
    description: 'Role to log in by. Without one, the only role that reaches the host is taken.',
  }),
  mode: choice(...KEY_TYPES)({
    description:
      'Kind of login: "otp" for a one-time password, "ca" for a certificate, "dynamic" for a key that is put on the host. Without one, the role tells.',
  }),
  'no-exec': boolean({
    description: 'Print the one-time password, the certificate or the key instead of running ssh.',
    default: false,
  }),
  'mount-point': string({
    description: 'Path of the SSH engine.',
    default: 'ssh/',
  }),
  'strict-host-key-checking': string({
    description:
      'What ssh does with a host key that it does not know: "yes" refuses it, "ask" asks at the terminal, "accept-new" and "no" take it. Also POSTERN_SSH_STRICT_HOST_KEY_CHECKING. Without any, what the configuration of ssh says, which is to ask.',
  }),
  'user-known-hosts-file': string({
    description:
      'File of known host keys, in place of those that ssh knows. Also POSTERN_SSH_USER_KNOWN_HOSTS_FILE.',
  }),
  'public-key-path': string({
    description:
      'With -mode=ca: file of the public key to sign. Without one, the usual key of ~/.ssh, or one of the agent.',
  }),
  'private-key-path': string({
    description: 'With -mode=ca: file of its private key. Without one, the file beside it.',
  }),
  'valid-principals': string({
    description: 'With -mode=ca: users the certificate is for. Without any, the one who logs in.',
  }),
  'host-key-mount-point': string({
    description:
      'Path of the engine that signs host keys; only hosts that it has signed are trusted. Also POSTERN_SSH_HOST_KEY_MOUNT_POINT.',
  }),
  'host-key-hostnames': string({
    description: 'Names of the hosts that it signs for, as in known_hosts.',
    default: '*',
  }),
  'ssh-executable': string({
    description:
      'The ssh to run. A script should end in "exec ssh": on the way through another host, only the process that was started gets the password.',
    default: 'ssh',
  }),
}

export const ssh = command({
  name: 'ssh',
  summary: 'Log in to a host with a one-time password, a certificate or a new key',
  usage: '[options] [user@]host [ssh options] [command...]',
  text: `
Asks for a one-time password for the host, and logs in with it. Nobody sees the password, and nothing but OpenSSH 8.4 or later is needed.
Options of ssh may stand before the host too, unless they are spelled like a flag below. From the host on, all is given to ssh as it is. The exit code is that of ssh, which is that of the remote command.

    $ postern ssh -role=web ubuntu@10.1.2.3

Through a pipe:

    $ tar c folder | postern ssh -role=web ubuntu@web.example.com tar x

With options for ssh:

    $ postern ssh -role=web -p 2222 -N -L 8080:localhost:80 ubuntu@web.example.com

With a one-time password, ssh asks for it whatever its options say of BatchMode, KbdInteractiveAuthentication or PreferredAuthentications.
Through another host, which is logged in to by your own context, or with a password of its own by a script as below:

    $ postern ssh -role=web -J ann@gate.example.com ubuntu@10.1.2.3
    $ postern ssh -role=web -o ProxyCommand="./postern-ssh %r@gate -W %h:%p" ubuntu@web

With a certificate for your own key, which also goes into your ssh-agent for as long as it lives, unless the key is there already:

    $ postern ssh -mode=ca -role=ops ubuntu@web.example.com

With a new key that the engine puts on the host, and removes when ssh has ended:

    $ postern ssh -mode=dynamic -role=deploy ubuntu@10.1.2.3

For programs that run ssh themselves: rsync and git take the command; scp, sftp, Ansible (ansible_ssh_executable) and VS Code take a script with the line exec postern ssh -role=web "$@"

    $ rsync -e "postern ssh -role=web" -a folder/ ubuntu@10.1.2.3:folder/
    $ GIT_SSH_COMMAND="postern ssh -role=web" git clone ubuntu@10.1.2.3:project.git
    $ scp -S ./postern-ssh file ubuntu@10.1.2.3:
    $ sftp -S ./postern-ssh -b batch ubuntu@10.1.2.3

Only the password, for another program:

    $ postern ssh -role=web -no-exec -field=key ubuntu@10.1.2.3

ssh asks at the terminal whether to trust a host whose key it does not know, and refuses it where nobody can be asked. Hosts with certificates of the engine need no question:

    $ postern ssh -role=web -host-key-mount-point=ssh-hosts ubuntu@10.1.2.3`,
  flags: FLAGS,
  arguments: [1, Infinity],
  prints: 'field',
  endsAtArgument: true,
  foreign: sshWords,
  async run(call) {
    const { flags, io } = call
    if (isQuestion(call.args)) return askSsh(flags['ssh-executable'], call.args, io)
    const client = call.connect({ wrapTtl: undefined })
    const context = { client, print: call.print, io }
    const options = optionsOf(call)
    const { role, mount } = options
    const mode = flags.mode === undefined ? undefined : modeOf(flags.mode.toLowerCase())
    const kind = mode ?? (role === undefined ? 'otp' : await keyTypeOf(client, mount, role))
    switch (kind) {
      case 'otp':
      case 'dynamic':
        return login({ ...options, mode: mode && kind }, context)
      case 'ca': {
        if (role === undefined) throw new Failure('-mode=ca needs a -role')
        const { certificateLogin } = await import('./certificate-login.ts')
        return certificateLogin({ ...options, ...keyPaths(flags), role }, context)
      }
    }
  },
})

function optionsOf({ flags, args, io }: Call<typeof FLAGS>) {
  const get = (name: string) => variable(io.environment, `SSH_${name}`)
  return {
    words: args,
    role: flags.role,
    mount: trimPath(flags['mount-point']),
    executable: flags['ssh-executable'],
    strictHostKeyChecking: flags['strict-host-key-checking'] ?? get('STRICT_HOST_KEY_CHECKING'),
    userKnownHostsFile: flags['user-known-hosts-file'] ?? get('USER_KNOWN_HOSTS_FILE'),
    hostMount: trimmed(flags['host-key-mount-point'] ?? get('HOST_KEY_MOUNT_POINT')),
    hostNames: flags['host-key-hostnames'],
    noExec: flags['no-exec'],
  }
}

const keyPaths = (flags: Call<typeof FLAGS>['flags']) => ({
  publicKeyPath: flags['public-key-path'],
  privateKeyPath: flags['private-key-path'],
  validPrincipals: flags['valid-principals'],
})

/** For what programs ask ssh before they use it, as `-V` and `-G`, there is nobody to log in. */
async function askSsh(executable: string, words: readonly string[], { environment }: CliIo) {
  using interruption = new Interruption()
  return (await runSsh({ executable, words, environment, interruption })).code
}

const trimmed = (path: string | undefined) => (path === undefined ? undefined : trimPath(path))
