import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { dataOf } from '../reply.ts'
import { valueText } from '../value-text.ts'
import { mountTtl, objectOf } from './secrets-list.ts'

export const mounts = command({
  name: 'mounts',
  summary: 'List the mounted secrets engines (old name of "secrets list")',
  usage: '[options]',
  text: `
Lists the mounted secrets engines, as "secrets list" does. Kept for scripts written for early versions of Vault.

    $ postern mounts`,
  flags: {},
  arguments: [0, 0],
  prints: 'format',
  async run({ print, connect }) {
    const mounts = await dataOf('Error reading mounts', connect().read('sys/mounts'))
    const rows = Object.keys(mounts)
      .sort()
      .map(path => ({ path, mount: objectOf(mounts[path]) }))
      .map(({ path, mount }) => [
        path,
        valueText(mount.type ?? ''),
        mountTtl(mount, 'default_lease_ttl'),
        mountTtl(mount, 'max_lease_ttl'),
        valueText(mount.description ?? ''),
      ])
    if (print.format === 'table')
      print.plainRows([['Path', 'Type', 'Default TTL', 'Max TTL', 'Description'], ...rows])
    else await print.rows(mounts, [], [])
    return EXIT.ok
  },
})
