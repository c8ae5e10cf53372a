import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { trimPath } from '../path.ts'
import { hostNameOf } from '../ssh/host-name.ts'

export const otp = command({
  name: 'otp',
  summary: 'Issue a one-time password, and tell what becomes of it',
  usage: '[options] [ROLE] [user@]host',
  text: `
Issues a one-time password for a login with any SSH client, and prints it with the command that uses it. At a terminal it counts down how long the password is valid, and says when it was used, and from where. Ctrl-C revokes it.

    $ postern otp ubuntu@10.1.2.3
    $ postern otp web ubuntu@10.1.2.3

Without a role, the engine is asked which one fits, as by "postern ssh".

For a client on another device, copied to the clipboard and as a QR code:

    $ postern otp -copy -qr web ubuntu@10.1.2.3

For a script, which gets the password and its lease at once:

    $ postern otp -format=json web ubuntu@10.1.2.3

For a form that is filled in later: always a valid one, until it is used. Each is revoked when the next is shown:

    $ postern otp -keep web ubuntu@10.1.2.3

Exits with 0 if the password was used, or if nothing was waited for; with 1 if it was refused or expired; with 2 if the engine issued none.`,
  flags: {
    role: string({ description: 'Role to ask, as the first argument of two is.' }),
    copy: boolean({
      description:
        'Copy the password to the clipboard: by wl-copy, xclip, xsel or pbcopy, and by OSC 52 to that of the terminal, through SSH too.',
      default: false,
    }),
    qr: boolean({
      description: 'Draw the password as a QR code at the terminal.',
      default: false,
    }),
    keep: boolean({
      description:
        'Issue a fresh password before the old one expires, and revoke the old one, until one is used or a signal comes.',
      default: false,
    }),
    wait: boolean({
      description:
        'Wait until the password is used or expires. The default is to wait at a terminal, unless -format or -field is set.',
    }),
    host: string({
      description:
        'Name of the enrolled host in the engine, for roles with hosts or host_groups, where ssh knows it by another.',
    }),
    'mount-point': string({ description: 'Path of the SSH secrets engine.', default: 'ssh/' }),
    'ssh-executable': string({
      description: 'The ssh program whose configuration is read for aliases of hosts.',
      default: 'ssh',
    }),
  },
  arguments: [1, 2],
  prints: 'field',
  async run({ args, flags, io, print, connect, nonInteractive }) {
    const { giveOtp } = await import('./give-otp.ts')
    const isForUser = io.stdout.isTTY === true && print.format === 'table' && !print.picks
    return giveOtp(
      {
        ...{
          role: flags.role ?? args.at(-2),
          typed: args.at(-1) ?? '',
          host: hostNameOf(flags.host, 'otp'),
        },
        asks: !nonInteractive,
        mount: trimPath(flags['mount-point']),
        executable: flags['ssh-executable'],
        ...{ copies: flags.copy, drawsCode: flags.qr, keeps: flags.keep },
        watches: flags.keep || (flags.wait ?? isForUser),
      },
      { client: connect({ wrapTtl: undefined }), print, io },
    )
  },
})
