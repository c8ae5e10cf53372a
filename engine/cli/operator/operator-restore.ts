import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { Failure } from '../failure.ts'

export const operatorRestore = command({
  name: 'operator restore',
  summary: 'Go back to a backup of the storage',
  usage: '-config=FILE [-keep-root] [BACKUP]',
  text: `
Puts a file that "operator backup" has made in the place of the SQLite database that the configuration names. Stop the engine first; run it
on the engine's machine, as its user or as root. The backup is checked, and the database that was there is kept beside it.

    $ postern operator restore -config=/etc/postern/engine.toml /srv/backup/postern.db

An older copy knows nothing of what has happened since: of passwords that were used, tokens that were revoked. Therefore all tokens, leases
and one-time passwords in it are dead as soon as the engine is unsealed: users log in again, and without another way in, "operator
generate-root" makes a new root token. Keys that the copy knows of are removed from their hosts; the list of revoked keys gets a version
that no host has seen. With -keep-root root tokens stay valid, also one that was revoked after the backup.

What was changed after the backup is as it was before, and must be done again: users disabled, passwords changed, secret ids withdrawn,
certificates revoked. Keys that were installed on hosts after it are found by "ssh/dynamic/sweep".

PostgreSQL is restored with its own tools, while all engines are stopped. Then, without BACKUP:

    $ postern operator restore -config=/etc/postern/engine.toml`,
  flags: {
    config: string({ description: 'TOML file with the configuration of the engine.' }),
    'keep-root': boolean({
      default: false,
      description: 'Let the root tokens of the backup stay valid.',
    }),
  },
  arguments: [0, 1],
  local: true,
  async run({ flags: { config, 'keep-root': keepRoot }, args: [file], io }) {
    if (config === undefined) throw new Failure('give the configuration with -config=FILE')
    return io.runStorage({ name: 'restore', config, file, keepRoot })
  },
})
