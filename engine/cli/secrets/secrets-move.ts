import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { mountPath } from '../path.ts'
import { dataOf } from '../reply.ts'
import { valueText } from '../value-text.ts'

export const secretsMove = command({
  name: 'secrets move',
  summary: 'Move a secrets engine to another path',
  usage: '[options] SOURCE DESTINATION',
  text: `
Moves a secrets engine or an auth method, with its data, to another path. Its leases and tokens stay valid. Policies are not changed:
adapt the paths in them.

    $ postern secrets move ssh/ team/ssh/

    $ postern secrets move auth/userpass auth/people`,
  flags: {},
  arguments: [2, 2],
  names: { arguments: ['mount'] },
  async run({ args, print, connect }) {
    const [from = '', to = ''] = args.map(mountPath)
    const work = connect().post('sys/remount', { from, to })
    const started = await dataOf(`Error moving secrets engine ${from} to ${to}`, work)
    print.line(
      `Success! Finished moving secrets engine ${from} to ${to}, with migration ID ${valueText(started.migration_id ?? '')}`,
    )
    return EXIT.ok
  },
})
