import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { MOUNT, MOUNT_ALIAS } from './mount-flag.ts'
import { PAGE } from './page-flags.ts'
import { printList } from './print-list.ts'

const only = (what: string) => string({ description: `Only keys ${what}.`, default: '' })

export const keys = command({
  name: 'keys',
  summary: 'List the keys that are installed on hosts',
  usage: '[options]',
  text: `
Lists the keys that roles of type dynamic have installed on hosts and whose leases have not ended, by the id of the lease: "postern lease revoke" removes one. One that is "overdue" could not be removed yet, since its host did not answer. No key is shown, and none of the admin keys at ssh/keys.

    $ postern keys

The leases of those on one host:

    $ postern keys -ip=10.1.2.3 -field=name`,
  flags: {
    ip: only('on the host with this address'),
    user: only('for this user of a host'),
    role: only('of this role'),
    'entity-id': only('that this entity has requested'),
    ...PAGE,
    ...MOUNT,
  },
  aliases: MOUNT_ALIAS,
  names: { flags: { role: 'role', mount: 'mount' } },
  arguments: [0, 0],
  prints: 'field',
  async run(call) {
    const { ip, user: username, role, 'entity-id': entity } = call.flags
    const query = { ip, username, role, entity_id: entity }
    return printList(call, { path: 'dynamic/keys', query, kind: 'key', columns: COLUMNS })
  },
})

const COLUMNS = {
  Lease: 'name',
  State: 'state',
  Host: 'ip',
  User: 'username',
  TTL: 'ttl',
  'Issued To': 'display_name',
}
