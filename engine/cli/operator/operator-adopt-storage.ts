import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { Failure } from '../failure.ts'

export const operatorAdoptStorage = command({
  name: 'operator adopt-storage',
  summary: 'Let an engine use other storage than it has had',
  usage: '-config=FILE',
  text: `
An engine remembers on its own machine which storage it has, and does not start with another or an empty one: whoever can write to a
database could otherwise give it one of their own. After you have put another storage in place yourself, run this on the engine's machine, as
its user or as root, and start the engine again.

    $ postern operator adopt-storage -config=/etc/postern/engine.toml

Where the configuration has cluster_id, change it there instead: the engine says the id when it starts.`,
  flags: {
    config: string({ description: 'TOML file with the configuration of the engine.' }),
  },
  arguments: [0, 0],
  local: true,
  async run({ flags: { config }, io }) {
    if (config === undefined) throw new Failure('give the configuration with -config=FILE')
    return io.runStorage({ name: 'adopt', config })
  },
})
