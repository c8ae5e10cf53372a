import { command } from '../command.ts'
import { mountPath } from '../path.ts'
import { moveMount } from './move-mount.ts'

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
    return moveMount(connect(), print, { from, to, what: 'secrets engine' })
  },
})
