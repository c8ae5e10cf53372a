import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { Failure } from '../failure.ts'
import { choice } from '../flags.ts'
import { trimPath } from '../path.ts'
import { keyType } from '../ssh/key-type.ts'
import { login } from '../ssh/login.ts'
import { variable } from '../variable.ts'

const FLAGS = {
  role: string({
    description: 'Role to log in by. Without one, the only role that reaches the host is taken.',
  }),
  mode: choice(
    'otp',
    'ca',
    'dynamic',
  )({
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
      'What ssh does with a host key that it does not know: "yes" refuses it, "ask" asks at the terminal, "accept-new" and "no" take it. Also POSTERN_SSH_STRICT_HOST_KEY_CHECKING. Without any, yes.',
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
      'With -mode=ca: path of the engine that signs host keys; only hosts that it has signed are trusted. Also POSTERN_SSH_HOST_KEY_MOUNT_POINT.',
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
What follows the options, from the host on, is given to ssh as it is. The exit code is that of ssh, which is that of the remote command.

    $ postern ssh -role=web ubuntu@10.1.2.3

Through a pipe:

    $ tar c folder | postern ssh -role=web ubuntu@web.example.com tar x

With options for ssh:

    $ postern ssh -role=web ubuntu@web -p 2222 -N -L 8080:localhost:80

With a certificate for your own key, which also goes into your ssh-agent for as long as it lives, unless the key is there already:

    $ postern ssh -mode=ca -role=ops ubuntu@web.example.com

With a new key that the engine puts on the host, and removes when ssh has ended:

    $ postern ssh -mode=dynamic -role=deploy ubuntu@10.1.2.3

For programs that run ssh themselves: rsync takes the command, with -- at its end, scp and sftp take a script with the line exec postern ssh -role=web -- "$@"

    $ rsync -e "postern ssh -role=web --" -a folder/ ubuntu@10.1.2.3:folder/
    $ scp -S ./postern-ssh file ubuntu@10.1.2.3:

Only the password, for another program:

    $ postern ssh -role=web -no-exec -field=key ubuntu@10.1.2.3

A host whose key is not known is refused. Check its key and add it to known_hosts, or be asked:

    $ postern ssh -role=web -strict-host-key-checking=ask ubuntu@10.1.2.3`,
  flags: FLAGS,
  arguments: [1, Infinity],
  prints: 'field',
  endsAtArgument: true,
  async run(call) {
    const { flags, world } = call
    const get = (name: string) => variable(world.environment, `SSH_${name}`)
    const mount = trimPath(flags['mount-point'])
    const wish = {
      words: call.args,
      role: flags.role,
      mount,
      executable: flags['ssh-executable'],
      strictHostKeyChecking:
        flags['strict-host-key-checking'] ?? get('STRICT_HOST_KEY_CHECKING') ?? 'yes',
      userKnownHostsFile: flags['user-known-hosts-file'] ?? get('USER_KNOWN_HOSTS_FILE'),
      noExec: flags['no-exec'],
    }
    const client = call.connect({ wrapTtl: undefined })
    const means = { client, print: call.print, world: call.world }
    const { role } = flags
    const mode =
      flags.mode?.toLowerCase() ?? (role === undefined ? 'otp' : await keyType(client, mount, role))
    if (mode === 'otp' || mode === 'dynamic') return login(wish, means)
    if (mode !== 'ca') throw new Failure(`Unknown SSH mode: ${mode}`)
    if (role === undefined) throw new Failure('-mode=ca needs a -role')
    const { certificateLogin } = await import('../ssh/certificate-login.ts')
    return certificateLogin(
      {
        ...wish,
        role,
        publicKeyPath: flags['public-key-path'],
        privateKeyPath: flags['private-key-path'],
        validPrincipals: flags['valid-principals'],
        hostMount: trimmed(flags['host-key-mount-point'] ?? get('HOST_KEY_MOUNT_POINT')),
        hostNames: flags['host-key-hostnames'],
      },
      means,
    )
  },
})

const trimmed = (path: string | undefined) => (path === undefined ? undefined : trimPath(path))
