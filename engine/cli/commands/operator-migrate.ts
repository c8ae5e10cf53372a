import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { Failure } from '../failure.ts'

export const operatorMigrate = command({
  name: 'operator migrate',
  summary: 'Copy the storage of a stopped engine into other storage',
  usage: '-config=FILE -to=FILE',
  text: `
Copies all that an engine has stored into the storage that another configuration names, and compares both. What is encrypted stays so, under
the same keys. Stop the engine first, and start it with the new configuration afterwards.

    $ postern operator migrate -config=engine.toml -to=new.toml

A copy that was broken off goes on where it was when the command is run again; no engine starts with it before. Storage that has other data
is refused.`,
  flags: {
    config: string({ description: 'TOML file with the configuration to copy from.' }),
    to: string({ description: 'TOML file with the configuration to copy to.' }),
  },
  arguments: [0, 0],
  local: true,
  async run({ flags: { config, to }, world }) {
    if (config === undefined || to === undefined)
      throw new Failure('give both configurations, with -config=FILE and -to=FILE')
    return world.runStorage({ name: 'migrate', from: config, to })
  },
})
