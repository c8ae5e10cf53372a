import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { requireConfig } from './require-config.ts'

export const operatorAdoptStorage = command({
  name: 'operator adopt-storage',
  summary: 'Allow an engine to start with a different storage',
  usage: '-config=FILE',
  text: `
An engine records the id of its storage on its own machine and refuses to start with a different or empty storage: an attacker with access to
the database could have replaced it. After replacing the storage yourself, run this on the machine of the engine, as its user or as root, and
restart the engine.

    $ postern operator adopt-storage -config=/etc/postern/engine.toml

If the configuration sets cluster_id, change it there instead. The engine logs the id when it starts.`,
  flags: {
    config: string({ description: 'Configuration file of the engine.' }),
  },
  arguments: [0, 0],
  besideEngine: true,
  local: true,
  async run({ flags: { config: given }, io }) {
    const config = requireConfig(given)
    return io.runStorage({ name: 'adopt', config })
  },
})
