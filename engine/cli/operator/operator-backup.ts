import { integer, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { Failure } from '../failure.ts'
import { requireConfig } from './require-config.ts'

export const operatorBackup = command({
  name: 'operator backup',
  summary: 'Back up the storage of an engine to a file',
  usage: '-config=FILE [-keep=N] DESTINATION',
  text: `
Copies a consistent snapshot of the SQLite database of an engine to a new file. The engine may be running. Run it on the machine of the
engine, as its user or as root. An existing file is not overwritten.

    $ postern operator backup -config=/etc/postern/engine.toml /srv/backup/postern.db

With -keep, the destination is a directory. The backup gets the current time as its name, and only the N newest backups are kept:

    $ postern operator backup -config=/etc/postern/engine.toml -keep=14 /srv/backup

To restore a backup, use "operator restore". Copying the file back yourself would make used passwords and revoked tokens valid again.`,
  flags: {
    config: string({ description: 'Configuration file of the engine.' }),
    keep: integer({
      description: 'Write the backup to a directory, and delete all but the N newest.',
    }),
  },
  arguments: [1, 1],
  besideEngine: true,
  local: true,
  async run({ flags: { config: given, keep }, args: [file = ''], io }) {
    const config = requireConfig(given)
    if (keep !== undefined && keep < 1) throw new Failure('-keep must be at least 1')
    return io.runStorage({ name: 'backup', config, file, keep })
  },
})
