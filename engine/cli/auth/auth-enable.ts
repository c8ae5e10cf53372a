import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { pairs } from '../flags.ts'
import { AUTH_SETTINGS, MOUNT_TTLS, mountInput, NEW_MOUNT } from '../mount-input.ts'
import { mountPath } from '../path.ts'

export const authEnable = command({
  name: 'auth enable',
  summary: 'Enable an auth method',
  usage: '[options] TYPE',
  text: `
Enables an auth method: "userpass", "approle", "jwt" or "oidc". -path sets where; the default is the type. Then configure its users or
roles with "write".

    $ postern auth enable userpass

At another path, with a default token TTL of one hour:

    $ postern auth enable -path=machines -default-lease-ttl=1h approle`,
  flags: {
    path: string({ description: 'Path to enable it at, below auth/. The default is its type.' }),
    description: string({ description: 'Description of the auth method.', default: '' }),
    ...MOUNT_TTLS,
    ...AUTH_SETTINGS,
    ...NEW_MOUNT,
    options: pairs({
      description: 'Option of the auth method, as key=value. May be given several times.',
    }),
  },
  arguments: [1, 1],
  async run({ args: [typed = ''], flags, print, connect }) {
    const type = typed.trim()
    const path = mountPath(flags.path ?? type)
    const work = connect().post(`sys/auth/${path}`, mountInput(type, flags))
    print.warnings(await during(`Error enabling ${type} auth`, work))
    print.line(`Success! Enabled ${type} auth method at: ${path}`)
    return EXIT.ok
  },
})
