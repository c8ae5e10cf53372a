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
Changes the given settings of the auth method at a path; the others stay as they are.

Tokens with a TTL of one hour, renewable for a day:

    $ postern auth tune -default-lease-ttl=1h -max-lease-ttl=24h userpass/`,
  flags: {
    ...MOUNT_TTLS,
    description: string({ description: 'Description of the auth method.' }),
    'listing-visibility': string({
      description: 'Whether it is listed to callers without a token: "unauth" or "hidden".',
    }),
    'case-sensitive-aliases': boolean({
      description: 'Whether user names that differ only in case belong to different entities.',
    }),
  },
  arguments: [1, 1],
  names: { arguments: ['auth'] },
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
    print.warnings(await during(`Error tuning auth method ${path}`, work))
    print.line(`Success! Tuned the auth method at: ${path}`)
    return EXIT.ok
  },
})
