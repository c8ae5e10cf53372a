import { integer, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { Failure } from '../failure.ts'

export const operatorBackup = command({
  name: 'operator backup',
  summary: 'Copy the storage of an engine, which may be running, into a file',
  usage: '-config=FILE [-keep=N] DESTINATION',
  text: `
Copies the SQLite database of an engine, as it is at one moment, into a new file. The engine may go on working meanwhile. Run it on the
engine's machine, as its user or as root; a file that is there already is not replaced.

    $ postern operator backup -config=/etc/postern/engine.toml /srv/backup/postern.db

With -keep the destination is a folder. The copy gets a name with the time, and of such copies only the newest stay, as many as you say:

    $ postern operator backup -config=/etc/postern/engine.toml -keep=14 /srv/backup

To go back to it, use "operator restore", and not a copy of your own: that would let passwords be used and tokens live again.`,
  flags: {
    config: string({ description: 'TOML file with the configuration of the engine.' }),
    keep: integer({
      description: 'Put the copy into a folder, and remove all but so many of the newest.',
    }),
  },
  arguments: [1, 1],
  local: true,
  async run({ flags: { config, keep }, args: [file = ''], io }) {
    if (config === undefined) throw new Failure('give the configuration with -config=FILE')
    if (keep !== undefined && keep < 1) throw new Failure('-keep must be at least 1')
    return io.runStorage({ name: 'backup', config, file, keep })
  },
})
