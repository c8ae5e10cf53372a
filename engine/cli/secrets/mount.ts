import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { MOUNT_TTLS, mountInput } from '../mount-input.ts'
import { trimPath } from '../path.ts'

export const mount = command({
  name: 'mount',
  summary: 'Mount a secrets engine (old name of "secrets enable")',
  usage: '[options] TYPE',
  text: `
Mounts a secrets engine, as "secrets enable" does. Kept for scripts written for early versions of Vault.

    $ postern mount ssh`,
  flags: {
    path: string({ description: 'Path to mount it at. The default is its type.' }),
    description: string({ description: 'Description of the mount.', default: '' }),
    ...MOUNT_TTLS,
  },
  arguments: [1, 1],
  async run({ args: [typed = ''], flags, print, connect }) {
    const type = typed.trim()
    const path = trimPath(flags.path ?? type)
    const work = connect().post(`sys/mounts/${path}`, mountInput(type, flags))
    print.warnings(await during('Mount error', work))
    print.line(`Successfully mounted '${type}' at '${path}'!`)
    return EXIT.ok
  },
})
