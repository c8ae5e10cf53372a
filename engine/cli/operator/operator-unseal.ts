import { boolean } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { dataOf } from '../reply.ts'
import { leaderOf } from '../server/leader.ts'
import { sealRows } from '../server/seal-rows.ts'
import { promptShare } from './prompt-share.ts'

export const operatorUnseal = command({
  name: 'operator unseal',
  summary: 'Unseal a server with a share of the unseal key',
  usage: '[options] [KEY | @FILE | -]',
  text: `
Provides a share of the unseal key. The server is unsealed once it has enough shares. Each node of a cluster is unsealed separately. Without an
argument, the share is prompted for and not echoed. An argument would be visible in the process list and in the history of the shell.

    $ postern operator unseal

From a file that only you can read:

    $ postern operator unseal @share.txt

On standard input, from another program:

    $ age -d share.age | postern operator unseal -

After a wrong share, start over:

    $ postern operator unseal -reset

To migrate to another seal, after changing [seal] of the configuration, each holder of a share runs:

    $ postern operator unseal -migrate`,
  flags: {
    reset: boolean({ description: 'Discard the shares provided so far.', default: false }),
    migrate: boolean({
      description: 'Use the share to migrate to the seal of the configuration.',
      default: false,
    }),
  },
  arguments: [0, 1],
  prints: 'field',
  async run(call) {
    const { flags, print, connect } = call
    const client = connect({ namespace: undefined })
    const request = flags.reset
      ? { reset: true }
      : {
          key: await promptShare(call, 'Unseal Key (will be hidden): '),
          reset: false,
          migrate: flags.migrate,
        }
    const status = await dataOf('Error unsealing', client.write('sys/unseal', request))
    const state = { ...status, ...(await during('Error unsealing', leaderOf(client))) }
    await print.map(state, 'seal status', sealRows(state))
    return EXIT.ok
  },
})
