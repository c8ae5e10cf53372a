import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { MOUNT, MOUNT_ALIAS } from '../ssh/mount-flag.ts'
import { PAGE } from '../ssh/page-flags.ts'
import { printList } from '../ssh/print-list.ts'

const only = (what: string) => string({ description: `Only certificates ${what}.`, default: '' })

export const certsList = command({
  name: 'certs list',
  summary: 'List the certificates that were signed',
  usage: '[options]',
  text: `
Lists signed certificates by serial number, with what they are for and whether they are valid. A certificate must meet all conditions.

    $ postern certs list

The serial numbers of those that a user has for a role:

    $ postern certs list -role=signs -principal=ubuntu -field=name

Those that are still valid and have "ann" in their key id, or in another text:

    $ postern certs list -state=valid -search=ann`,
  flags: {
    principal: only('for this principal'),
    role: only('signed with this role'),
    'key-id': only('with this key id'),
    fingerprint: only('for the key with this fingerprint, "SHA256:…"'),
    'entity-id': only('that this entity has requested'),
    'issuer-id': only('signed by this issuer'),
    state: only('in this state: "valid", "not yet valid", "expired" or "revoked"'),
    search: only('whose serial number, key id, role, display name or a principal contains this'),
    ...PAGE,
    ...MOUNT,
  },
  aliases: MOUNT_ALIAS,
  names: { flags: { role: 'role', mount: 'mount' } },
  arguments: [0, 0],
  prints: 'field',
  async run(call) {
    const { principal, role, fingerprint, state, search, ...ids } = call.flags
    const query = {
      ...{ principal, role, fingerprint, state, search },
      key_id: ids['key-id'],
      entity_id: ids['entity-id'],
      issuer_id: ids['issuer-id'],
    }
    return printList(call, { path: 'certs', query, kind: 'certificate', columns: COLUMNS })
  },
})

const COLUMNS = {
  Serial: 'name',
  State: 'state',
  Type: 'cert_type',
  Principals: 'valid_principals',
  Role: 'role',
  'Key ID': 'key_id',
  Until: 'valid_before',
}
