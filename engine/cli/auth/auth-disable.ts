import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { mountPath } from '../path.ts'

export const authDisable = command({
  name: 'auth disable',
  summary: 'Disable an auth method',
  usage: '[options] PATH',
  text: `
Disables the auth method at a path, which is the path, not the type. The tokens it has given are revoked, with all that was given to them,
and its users and roles are deleted.

    $ postern auth disable userpass/`,
  flags: {},
  arguments: [1, 1],
  async run({ args: [typed = ''], print, connect }) {
    const path = mountPath(typed)
    await during(`Error disabling auth method at ${path}`, connect().delete(`sys/auth/${path}`))
    print.line(`Success! Disabled the auth method (if it existed) at: ${path}`)
    return EXIT.ok
  },
})
