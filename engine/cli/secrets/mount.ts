import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { MOUNT_TTLS, mountInput } from '../mount-input.ts'
import { trimPath } from '../path.ts'

export const mount = command({
  name: 'mount',
  summary: 'Mount a secrets engine (the word of 2016 for "secrets enable")',
  usage: '[options] TYPE',
  text: `
Mounts a secrets engine. "secrets enable" does the same.

    $ postern mount ssh`,
  flags: {
    path: string({ description: 'Where to mount it.' }),
    description: string({ description: 'What it is for, in words.', default: '' }),
    ...MOUNT_TTLS,
  },
  arguments: [1, 1],
  async run({ args: [typed = ''], flags, print, connect }) {
    const type = typed.trim()
    const path = trimPath(flags.path ?? type)
    await during('Mount error', connect().post(`sys/mounts/${path}`, mountInput(type, flags)))
    print.line(`Successfully mounted '${type}' at '${path}'!`)
    return EXIT.ok
  },
})
