import type { Fields } from '../../../shared/field.ts'
import { type Call, command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { MOUNT, MOUNT_ALIAS } from '../ssh/mount-flag.ts'
import { hostPath, readHost } from './read-host.ts'

export const hostsDisable = command({
  name: 'hosts disable',
  summary: 'Refuse the requests of a host',
  usage: '[options] NAME',
  text: `
Refuses the requests that a host signs: it redeems no password, and gets neither lists nor certificates, until it is enabled again. Nothing is deleted.

    $ postern hosts disable web-1

Let it in again:

    $ postern hosts enable web-1`,
  flags: MOUNT,
  aliases: MOUNT_ALIAS,
  names: { arguments: ['host'], flags: { mount: 'mount' } },
  arguments: [1, 1],
  run: ({ args: [name = ''], flags: { mount }, ...call }) =>
    switched({ mount, name, disabled: true }, call),
})

export const hostsEnable = command({
  name: 'hosts enable',
  summary: 'Serve a host again that was disabled',
  usage: '[options] NAME',
  text: `
Serves the requests of a host again that was disabled. It need not be enrolled again.

    $ postern hosts enable web-1

Of an SSH secrets engine at another path:

    $ postern hosts enable -mount=ssh web-1`,
  flags: MOUNT,
  aliases: MOUNT_ALIAS,
  names: { arguments: ['host'], flags: { mount: 'mount' } },
  arguments: [1, 1],
  run: ({ args: [name = ''], flags: { mount }, ...call }) =>
    switched({ mount, name, disabled: false }, call),
})

type Switching = Parameters<typeof readHost>[1] & { readonly disabled: boolean }

async function switched(
  { disabled, ...host }: Switching,
  { print, connect }: Pick<Call<Fields>, 'print' | 'connect'>,
): Promise<number> {
  const client = connect({ wrapTtl: undefined })
  // a write would make a host of a mistyped name
  await readHost(client, host)
  const verb = disabled ? 'Disabled' : 'Enabled'
  const path = hostPath(host)
  print.warnings(await during(`Error writing ${path}`, client.write(path, { disabled })))
  print.line(`Success! ${verb} the host: ${host.name.trim().toLowerCase()}`)
  return EXIT.ok
}
