import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { pairs } from '../flags.ts'
import { MOUNT_SETTINGS, MOUNT_TTLS, mountInput, NEW_MOUNT } from '../mount-input.ts'
import { mountPath } from '../path.ts'

export const secretsEnable = command({
  name: 'secrets enable',
  summary: 'Mount a secrets engine',
  usage: '[options] TYPE',
  text: `
Mounts a secrets engine of the given type. -path sets where; the default is the type.

The SSH engine at ssh/:

    $ postern secrets enable ssh

At another path, with a default lease duration of ten minutes:

    $ postern secrets enable -path=ssh-prod -default-lease-ttl=10m ssh`,
  flags: {
    path: string({ description: 'Path to mount it at. The default is its type.' }),
    description: string({ description: 'Description of the mount.', default: '' }),
    ...MOUNT_TTLS,
    ...MOUNT_SETTINGS,
    ...NEW_MOUNT,
    'force-no-cache': boolean({
      description: 'Accepted for compatibility: responses are never outdated.',
      default: false,
    }),
    options: pairs({
      description: 'Option of the engine, as key=value. May be given several times.',
    }),
  },
  arguments: [1, 1],
  async run({ args: [typed = ''], flags, print, connect }) {
    const type = typed.trim()
    const path = mountPath(flags.path ?? type)
    const input = mountInput(type, flags)
    const work = connect().post(`sys/mounts/${path}`, input)
    print.warnings(await during('Error enabling', work))
    print.line(`Success! Enabled the ${type} secrets engine at: ${path}`)
    return EXIT.ok
  },
})
