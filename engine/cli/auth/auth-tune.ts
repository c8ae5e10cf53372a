import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { MOUNT_TTLS } from '../mount-input.ts'
import { mountPath } from '../path.ts'

export const authTune = command({
  name: 'auth tune',
  summary: 'Change the settings of an auth method',
  usage: '[options] PATH',
  text: `
Changes the settings of the auth method at a path. What is not named stays as it is.

Tokens of an hour, which can be renewed for a day:

    $ postern auth tune -default-lease-ttl=1h -max-lease-ttl=24h userpass/`,
  flags: {
    ...MOUNT_TTLS,
    description: string({ description: 'What it is for, in words.' }),
    'listing-visibility': string({
      description: 'Whether those who have no token see it: "unauth" or "hidden".',
    }),
    'case-sensitive-aliases': boolean({
      description: 'Whether names that differ only in case are those of different people.',
    }),
  },
  arguments: [1, 1],
  async run({ args: [typed = ''], flags, print, connect }) {
    const path = mountPath(typed)
    const { description } = flags
    const visibility = flags['listing-visibility']
    const caseSensitive = flags['case-sensitive-aliases']
    const [usual, longest] = [flags['default-lease-ttl'], flags['max-lease-ttl']]
    const changes = {
      ...(usual !== undefined && { default_lease_ttl: usual }),
      ...(longest !== undefined && { max_lease_ttl: longest }),
      ...(description !== undefined && { description }),
      ...(visibility !== undefined && { listing_visibility: visibility }),
      ...(caseSensitive !== undefined && { case_sensitive_aliases: caseSensitive }),
    }
    const work = connect().post(`sys/auth/${path}tune`, changes)
    await during(`Error tuning auth method ${path}`, work)
    print.line(`Success! Tuned the auth method at: ${path}`)
    return EXIT.ok
  },
})
