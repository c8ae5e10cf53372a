import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { Failure } from '../failure.ts'
import { requireConfig } from './require-config.ts'

export const operatorMigrate = command({
  name: 'operator migrate',
  summary: 'Copy the storage of an engine to a different storage',
  usage: '-config=FILE (-to=FILE | -reset)',
  text: `
Copies all data of an engine to the storage of another configuration, and compares both. The data stays encrypted with the same keys. Stop
the engine first, and start it with the new configuration afterwards.

    $ postern operator migrate -config=engine.toml -to=new.toml

The old storage is marked as moved first: no engine starts with it, and one that still runs on the same PostgreSQL database refuses every
write. To resume an interrupted copy, run the command again; no engine starts with an incomplete copy. A target with other data is refused.

To return to the old storage, without the changes made in the new one:

    $ postern operator migrate -config=engine.toml -reset`,
  flags: {
    config: string({ description: 'Configuration file of the storage to copy from.' }),
    to: string({ description: 'Configuration file of the storage to copy to.' }),
    reset: boolean({
      default: false,
      description: 'Remove the mark, so that engines can use the old storage again.',
    }),
  },
  arguments: [0, 0],
  besideEngine: true,
  local: true,
  async run({ flags: { config: given, to, reset }, io }) {
    const config = requireConfig(given)
    if (reset && to === undefined) return io.runStorage({ name: 'unmark', config })
    if (reset || to === undefined)
      throw new Failure('set the new configuration with -to=FILE, or use -reset alone')
    return io.runStorage({ name: 'migrate', from: config, to })
  },
})
