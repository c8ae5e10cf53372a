import { boolean } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { dataOf } from '../reply.ts'
import { leaderOf } from '../server/leader.ts'
import { sealRows } from '../server/seal-rows.ts'
import { promptShare } from './prompt-share.ts'

export const operatorUnseal = command({
  name: 'operator unseal',
  summary: 'Give a share of the unseal key',
  usage: '[options] [KEY | -]',
  text: `
Gives the server a share of its unseal key. With the last share that is needed, it is unsealed. Each node is unsealed by itself. Without
an argument the share is asked for, and not shown; as an argument it would stand in the process list and in the history of the shell.

    $ postern operator unseal

From another program, on standard input:

    $ age -d share.age | postern operator unseal -

When somebody has given a wrong share:

    $ postern operator unseal -reset

To replace the seal, after [seal] of the configuration has been changed, each holder of a share:

    $ postern operator unseal -migrate`,
  flags: {
    reset: boolean({ description: 'Forget the shares that have been given.', default: false }),
    migrate: boolean({
      description: 'The share is for replacing the seal by the one of the configuration.',
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
    const told = await dataOf('Error unsealing', client.write('sys/unseal', request))
    const state = { ...told, ...(await during('Error unsealing', leaderOf(client))) }
    await print.map(state, 'seal status', sealRows(state))
    return EXIT.ok
  },
})
