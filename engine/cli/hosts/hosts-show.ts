import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { MOUNT, MOUNT_ALIAS } from '../ssh/mount-flag.ts'
import { readHost } from './read-host.ts'

export const hostsShow = command({
  name: 'hosts show',
  summary: 'Show a host, and when it was last seen',
  usage: '[options] NAME',
  text: `
Prints what the engine knows of a host: its key and addresses, who has enrolled it, when it was last seen, and what it has reported.

    $ postern hosts show web-1

The version of the key revocation list that it has:

    $ postern hosts show -format=json web-1`,
  flags: MOUNT,
  aliases: MOUNT_ALIAS,
  names: { arguments: ['host'], flags: { mount: 'mount' } },
  arguments: [1, 1],
  prints: 'field',
  async run({ args: [name = ''], flags: { mount }, print, connect }) {
    await print.secret(await readHost(connect({ wrapTtl: undefined }), { mount, name }))
    return EXIT.ok
  },
})
