import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { Failure } from '../failure.ts'

export const operatorMigrate = command({
  name: 'operator migrate',
  summary: 'Copy the storage of an engine into other storage',
  usage: '-config=FILE (-to=FILE | -reset)',
  text: `
Copies all that an engine has stored into the storage that another configuration names, and compares both. What is encrypted stays so, under
the same keys. Stop the engine first, and start it with the new configuration afterwards.

    $ postern operator migrate -config=engine.toml -to=new.toml

From the beginning on the old storage takes nothing new: no engine starts with it, and one that still runs on the same PostgreSQL database
refuses every request that would write. A copy that was broken off goes on where it was when the command is run again; no engine starts with
it before. Storage that has other data is refused.

To go back to the old storage, without what has been stored in the new one since:

    $ postern operator migrate -config=engine.toml -reset`,
  flags: {
    config: string({ description: 'TOML file with the configuration to copy from.' }),
    to: string({ description: 'TOML file with the configuration to copy to.' }),
    reset: boolean({ default: false, description: 'Let engines use the old storage again.' }),
  },
  arguments: [0, 0],
  local: true,
  async run({ flags: { config, to, reset }, io }) {
    if (config === undefined) throw new Failure('give the configuration with -config=FILE')
    if (reset && to === undefined) return io.runStorage({ name: 'unmark', config })
    if (reset || to === undefined)
      throw new Failure('give the new configuration with -to=FILE, or -reset alone')
    return io.runStorage({ name: 'migrate', from: config, to })
  },
})
