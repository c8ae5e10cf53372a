import { command } from '../command.ts'
import { mountPath } from '../path.ts'
import { moveMount } from '../secrets/move-mount.ts'

export const authMove = command({
  name: 'auth move',
  summary: 'Move an auth method to another path',
  usage: '[options] SOURCE DESTINATION',
  text: `
Moves an auth method, with its users and roles, to another path. The tokens that it has issued stay valid. Policies are not changed: adapt the paths in them.

    $ postern auth move userpass people

The paths may begin with auth/:

    $ postern auth move auth/userpass/ auth/people/`,
  flags: {},
  arguments: [2, 2],
  async run({ args, print, connect }) {
    const [from = '', to = ''] = args.map(
      path => `auth/${mountPath(path.replace(/^\/*auth\//, ''))}`,
    )
    return moveMount(connect(), print, { from, to, what: 'auth method' })
  },
})
