import { boolean, duration } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { replyTo } from '../reply.ts'

export const tokenRenew = command({
  name: 'token renew',
  summary: 'Let a token live longer',
  usage: '[options] [TOKEN | ACCESSOR]',
  text: `
Lets a token live longer; your own, if none is named. It fails when the token cannot be renewed, or has reached its longest life.

    $ postern token renew

By half an hour from now:

    $ postern token renew -increment=30m`,
  flags: {
    accessor: boolean({ description: 'The argument is an accessor.', default: false }),
    increment: duration({
      description: 'How long it should live from now. The server may give less.',
      default: 0,
    }),
  },
  aliases: { i: 'increment' },
  arguments: [0, 1],
  prints: 'field',
  async run({ args: [typed], flags: { accessor, increment }, print, connect }) {
    if (accessor && typed === undefined)
      throw new Failure('Not enough arguments with -accessor (expected 1, got 0)')
    const envelope = await replyTo('Error renewing token', ask())
    await print.secret(envelope)
    return EXIT.ok

    function ask() {
      const client = connect()
      if (typed === undefined) return client.write('auth/token/renew-self', { increment })
      return accessor
        ? client.post('auth/token/renew-accessor', { accessor: typed.trim(), increment })
        : client.write('auth/token/renew', { token: typed.trim(), increment })
    }
  },
})
