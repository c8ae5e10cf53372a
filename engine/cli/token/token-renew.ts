import { boolean, duration } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { lifetimeIn } from '../kept-token/lifetime-in.ts'
import { replyTo } from '../reply.ts'

export const tokenRenew = command({
  name: 'token renew',
  summary: 'Renew a token',
  usage: '[options] [TOKEN | ACCESSOR]',
  text: `
Extends the TTL of a token; without TOKEN, that of your own token. Fails if the token is not renewable or has reached its maximum lifetime.

    $ postern token renew

Until half an hour from now:

    $ postern token renew -increment=30m`,
  flags: {
    accessor: boolean({ description: 'The argument is an accessor.', default: false }),
    increment: duration({
      description: 'Requested TTL, counted from now. The server may grant less.',
      default: 0,
    }),
  },
  aliases: { i: 'increment' },
  arguments: [0, 1],
  prints: 'field',
  async run({ args: [typed], flags: { accessor, increment }, print, connect, settings }) {
    if (accessor && typed === undefined)
      throw new Failure('Not enough arguments with -accessor (expected 1, got 0)')
    const envelope = await replyTo('Error renewing token', ask())
    if (typed === undefined && envelope.auth) await settings().token.learn(lifetimeIn(envelope))
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
