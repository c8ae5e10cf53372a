import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { trimPath } from '../path.ts'

export const unmount = command({
  name: 'unmount',
  summary: 'Unmount a secrets engine (old name of "secrets disable")',
  usage: '[options] PATH',
  text: `
Unmounts a secrets engine, as "secrets disable" does. Kept for scripts written for early versions of Vault.

    $ postern unmount ssh`,
  flags: {},
  arguments: [1, 1],
  async run({ args: [typed = ''], print, connect }) {
    const path = trimPath(typed)
    await during('Unmount error', connect().delete(`sys/mounts/${path}`))
    print.line(`Successfully unmounted '${path}' if it was mounted`)
    return EXIT.ok
  },
})
