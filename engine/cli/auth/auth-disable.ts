import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { mountPath } from '../path.ts'

export const authDisable = command({
  name: 'auth disable',
  summary: 'Disable an auth method',
  usage: '[options] PATH',
  text: `
Disables the auth method at PATH. PATH is where it is mounted, not its type. The tokens it has issued are revoked, with their leases, and
its users and roles are deleted.

    $ postern auth disable userpass/`,
  flags: {},
  arguments: [1, 1],
  names: { arguments: ['auth'] },
  async run({ args: [typed = ''], print, connect }) {
    const path = mountPath(typed)
    await during(`Error disabling auth method at ${path}`, connect().delete(`sys/auth/${path}`))
    print.line(`Success! Disabled the auth method (if it existed) at: ${path}`)
    return EXIT.ok
  },
})
