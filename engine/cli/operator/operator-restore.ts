import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { requireConfig } from './require-config.ts'

export const operatorRestore = command({
  name: 'operator restore',
  summary: 'Restore a backup of the storage',
  usage: '-config=FILE [-keep-root] [BACKUP]',
  text: `
Replaces the SQLite database of an engine with a backup made by "operator backup". Stop the engine first, and run this on its machine, as its
user or as root. The backup is checked, and the replaced database is kept beside it.

    $ postern operator restore -config=/etc/postern/engine.toml /srv/backup/postern.db

A backup does not contain what happened after it, such as redeemed passwords and revoked tokens. All tokens, leases and one-time passwords in
it are therefore revoked when the engine is unsealed. Users log in again; if no other login works, "operator generate-root" makes a new root
token. Dynamic keys in the backup are removed from their hosts, and the KRL and the keys of signed answers get versions that no host has
seen. With -keep-root, root tokens stay valid, including those revoked after the backup.

Changes made after the backup are lost and must be repeated: disabled users, changed passwords, revoked secret ids and certificates, hosts
that were disabled, deleted or enrolled. Keys installed on hosts after the backup are found by "ssh/dynamic/sweep".

Restore a PostgreSQL database with its own tools while all engines are stopped. Then run this without BACKUP:

    $ postern operator restore -config=/etc/postern/engine.toml`,
  flags: {
    config: string({ description: 'Configuration file of the engine.' }),
    'keep-root': boolean({
      default: false,
      description: 'Keep the root tokens of the backup valid.',
    }),
  },
  arguments: [0, 1],
  besideEngine: true,
  local: true,
  async run({ flags: { config: given, 'keep-root': keepRoot }, args: [file], io }) {
    const config = requireConfig(given)
    return io.runStorage({ name: 'restore', config, file, keepRoot })
  },
})
