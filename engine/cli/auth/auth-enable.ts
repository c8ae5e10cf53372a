import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { MOUNT_TTLS, mountInput } from '../mount-input.ts'
import { mountPath } from '../path.ts'

export const authEnable = command({
  name: 'auth enable',
  summary: 'Enable an auth method',
  usage: '[options] TYPE',
  text: `
Enables an auth method, "userpass", "approle", "jwt" or "oidc", at the path of its type unless -path tells another. It then lets in whom it
is told to let in.

    $ postern auth enable userpass

At another path, with tokens of an hour:

    $ postern auth enable -path=machines -default-lease-ttl=1h approle`,
  flags: {
    path: string({ description: 'Where to enable it, below auth/.' }),
    description: string({ description: 'What it is for, in words.', default: '' }),
    ...MOUNT_TTLS,
  },
  arguments: [1, 1],
  async run({ args: [typed = ''], flags, print, connect }) {
    const type = typed.trim()
    const path = mountPath(flags.path ?? type)
    const work = connect().post(`sys/auth/${path}`, mountInput(type, flags))
    await during(`Error enabling ${type} auth`, work)
    print.line(`Success! Enabled ${type} auth method at: ${path}`)
    return EXIT.ok
  },
})
