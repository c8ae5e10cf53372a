import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { pairs } from '../flags.ts'
import { MOUNT_SETTINGS, MOUNT_TTLS, settingsOf } from '../mount-input.ts'
import { mountPath } from '../path.ts'

export const secretsTune = command({
  name: 'secrets tune',
  summary: 'Change the settings of a mount',
  usage: '[options] PATH',
  text: `
Changes the given settings of the secrets engine at a path; the others stay as they are.

A default lease duration of ten minutes:

    $ postern secrets tune -default-lease-ttl=10m ssh/

Back to the default of the server:

    $ postern secrets tune -default-lease-ttl=system ssh/`,
  flags: {
    ...MOUNT_TTLS,
    description: string({ description: 'Description of the mount.' }),
    ...MOUNT_SETTINGS,
    options: pairs({
      description: 'Option of the engine, as key=value. May be given several times.',
    }),
  },
  arguments: [1, 1],
  names: { arguments: ['mount'] },
  async run({ args: [typed = ''], flags, print, connect }) {
    const path = mountPath(typed)
    const { description, options } = flags
    const changes = {
      default_lease_ttl: flags['default-lease-ttl'] ?? '',
      max_lease_ttl: flags['max-lease-ttl'] ?? '',
      force_no_cache: false,
      options: options ?? null,
      ...(description !== undefined && { description }),
      ...settingsOf(flags),
    }
    const tuned = await during(
      `Error tuning secrets engine ${path}`,
      connect().post(`sys/mounts/${path}tune`, changes),
    )
    print.warnings(tuned)
    print.line(`Success! Tuned the secrets engine at: ${path}`)
    return EXIT.ok
  },
})
