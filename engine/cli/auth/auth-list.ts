import { boolean } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { dataOf } from '../reply.ts'
import { mountTtl, objectOf } from '../secrets/secrets-list.ts'
import { valueText } from '../value-text.ts'

export const authList = command({
  name: 'auth list',
  summary: 'List the enabled auth methods',
  usage: '[options]',
  text: `
Lists the enabled auth methods by path. Entity aliases and policy templates refer to them by accessor.

    $ postern auth list

With the lifetimes of their tokens:

    $ postern auth list -detailed`,
  flags: {
    detailed: boolean({
      description: 'Also show the lifetimes and types of tokens.',
      default: false,
    }),
  },
  arguments: [0, 0],
  prints: 'format',
  async run({ flags, print, connect }) {
    const methods = await dataOf(
      'Error listing enabled authentications',
      connect().read('sys/auth'),
    )
    const more = flags.detailed ? ['Default TTL', 'Max TTL', 'Token Type'] : []
    const rows = Object.keys(methods)
      .sort()
      .map(path => {
        const mount = objectOf(methods[path])
        const lifetimes = [
          mountTtl(mount, 'default_lease_ttl'),
          mountTtl(mount, 'max_lease_ttl'),
          valueText(objectOf(mount.config).token_type ?? ''),
        ]
        const named = ['type', 'accessor', 'description'].map(name => valueText(mount[name] ?? ''))
        return [path, ...named, ...(flags.detailed ? lifetimes : [])]
      })
    await print.rows(methods, ['Path', 'Type', 'Accessor', 'Description', ...more], rows)
    return EXIT.ok
  },
})
