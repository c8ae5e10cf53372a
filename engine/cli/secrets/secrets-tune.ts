import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { pairs } from '../flags.ts'
import { MOUNT_TTLS } from '../mount-input.ts'
import { mountPath } from '../path.ts'

export const secretsTune = command({
  name: 'secrets tune',
  summary: 'Change the settings of a mount',
  usage: '[options] PATH',
  text: `
Changes the settings of the secrets engine at a path. What is not named stays as it is.

Leases of ten minutes:

    $ postern secrets tune -default-lease-ttl=10m ssh/

Back to the server's own:

    $ postern secrets tune -default-lease-ttl=system ssh/`,
  flags: {
    ...MOUNT_TTLS,
    description: string({ description: 'What it is for, in words.' }),
    'listing-visibility': string({
      description: 'Whether those who may not use the mount see it: "unauth" or "hidden".',
    }),
    options: pairs({
      description: "Option of the engine's, as key=value. May be given several times.",
    }),
  },
  arguments: [1, 1],
  async run({ args: [typed = ''], flags, print, connect }) {
    const path = mountPath(typed)
    const { description, options } = flags
    const visibility = flags['listing-visibility']
    const changes = {
      default_lease_ttl: flags['default-lease-ttl'] ?? '',
      max_lease_ttl: flags['max-lease-ttl'] ?? '',
      force_no_cache: false,
      options: options ?? null,
      ...(description !== undefined && { description }),
      ...(visibility !== undefined && { listing_visibility: visibility }),
    }
    await during(
      `Error tuning secrets engine ${path}`,
      connect().post(`sys/mounts/${path}tune`, changes),
    )
    print.line(`Success! Tuned the secrets engine at: ${path}`)
    return EXIT.ok
  },
})
