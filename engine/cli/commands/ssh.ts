import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { variable } from '../settings.ts'
import { notYet } from '../ssh/credential.ts'
import { login } from '../ssh/login.ts'

const FLAGS = {
  role: string({
    description: 'Role to log in by. Without one, the only role that reaches the host is taken.',
  }),
  mode: string({
    description: 'Kind of login; this version knows "otp". Without one, the role tells.',
  }),
  'no-exec': boolean({
    description: 'Print the one-time password instead of running ssh.',
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
  'ssh-executable': string({ description: 'The ssh to run.', default: 'ssh' }),
}

export const ssh = command({
  name: 'ssh',
  summary: 'Log in to a host with a one-time password',
  usage: '[options] [user@]host [ssh options] [command...]',
  text: `
Asks for a one-time password for the host, and logs in with it. Nobody sees the password, and nothing but OpenSSH 8.4 or later is needed.
What follows the options, from the host on, is given to ssh as it is. The exit code is that of ssh, which is that of the remote command.

    $ postern ssh -role=web ubuntu@10.1.2.3

Through a pipe:

    $ tar c folder | postern ssh -role=web ubuntu@web.example.com tar x

With options for ssh:

    $ postern ssh -role=web ubuntu@web -p 2222 -N -L 8080:localhost:80

Only the password, for another program:

    $ postern ssh -role=web -no-exec -field=key ubuntu@10.1.2.3

A host whose key is not known is refused. Check its key and add it to known_hosts, or be asked:

    $ postern ssh -role=web -strict-host-key-checking=ask ubuntu@10.1.2.3`,
  flags: FLAGS,
  arguments: [1, Infinity],
  prints: 'field',
  endsAtArgument: true,
  run(call) {
    const { flags, world } = call
    const get = (name: string) => variable(world.environment, `SSH_${name}`)
    const mode = flags.mode?.toLowerCase()
    if (mode === 'ca' || mode === 'dynamic') throw new Failure(notYet(mode))
    if (mode !== undefined && mode !== 'otp') throw new Failure(`Unknown SSH mode: ${mode}`)
    return login(
      {
        words: call.args,
        role: flags.role,
        mount: trimPath(flags['mount-point']),
        executable: flags['ssh-executable'],
        strictHostKeyChecking:
          flags['strict-host-key-checking'] ?? get('STRICT_HOST_KEY_CHECKING') ?? 'yes',
        userKnownHostsFile: flags['user-known-hosts-file'] ?? get('USER_KNOWN_HOSTS_FILE'),
        noExec: flags['no-exec'],
      },
      { client: call.connect({ wrapTtl: undefined }), print: call.print, world: call.world },
    )
  },
})
