import { boolean } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { dataOf } from '../reply.ts'
import { objectOf } from '../secrets/secrets-list.ts'
import { valueText } from '../value-text.ts'

export const auditList = command({
  name: 'audit list',
  summary: 'List the enabled audit devices',
  usage: '[options]',
  text: `
Lists the enabled audit devices by path.

    $ postern audit list

With their options:

    $ postern audit list -detailed`,
  flags: {
    detailed: boolean({ description: 'Also show the options.', default: false }),
  },
  arguments: [0, 0],
  prints: 'format',
  async run({ flags, print, connect }) {
    const devices = await dataOf('Error listing audits', connect().read('sys/audit'))
    const paths = Object.keys(devices).sort()
    if (paths.length === 0 && print.format === 'table') {
      print.line('No audit devices are enabled.')
      return EXIT.server
    }
    const rows = paths.map(path => {
      const { type, description, local, options } = objectOf(devices[path])
      const simple = [path, valueText(type ?? ''), valueText(description ?? '')]
      const pairs = Object.entries(objectOf(options)).map(
        ([name, value]) => `${name}=${valueText(value)}`,
      )
      return flags.detailed
        ? [...simple, local === true ? 'local' : 'replicated', pairs.join(' ')]
        : simple
    })
    const more = flags.detailed ? ['Replication', 'Options'] : []
    await print.rows(devices, ['Path', 'Type', 'Description', ...more], rows)
    return EXIT.ok
  },
})
