import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { mountPath } from '../path.ts'

export const secretsDisable = command({
  name: 'secrets disable',
  summary: 'Unmount a secrets engine',
  usage: '[options] PATH',
  text: `
Unmounts the secrets engine at PATH. PATH is where it is mounted, not its type. All of its leases are revoked, and its data is deleted.

    $ postern secrets disable ssh/`,
  flags: {},
  arguments: [1, 1],
  names: { arguments: ['mount'] },
  async run({ args: [typed = ''], print, connect }) {
    const path = mountPath(typed)
    await during(
      `Error disabling secrets engine at ${path}`,
      connect().delete(`sys/mounts/${path}`),
    )
    print.line(`Success! Disabled the secrets engine (if it existed) at: ${path}`)
    return EXIT.ok
  },
})
