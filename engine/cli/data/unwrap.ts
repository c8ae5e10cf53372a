import { command } from '../command.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { readToken } from '../settings.ts'

export const unwrap = command({
  name: 'unwrap',
  summary: 'Get a wrapped answer',
  usage: '[options] [TOKEN]',
  text: `
Gets the answer that -wrap-ttl has kept back, once. Without an argument the token in use is the one of the answer.

Have a one-time password made, for somebody else to get:

    $ postern write -wrap-ttl=5m -field=wrapping_token ssh/creds/web ip=10.1.2.3

Get it, which needs no other token:

    $ postern unwrap hvs.…`,
  flags: {},
  arguments: [0, 1],
  prints: 'field',
  onlyOnce: true,
  async run({ args: [typed], print, connect }) {
    // the token of the answer is all that counts: to show another beside it would only tell who asks
    const changes = { wrapTtl: undefined, ...(typed && { token: readToken(typed.trim()) }) }
    const work = connect(changes).write('sys/wrapping/unwrap')
    const envelope = await during('Error unwrapping', work)
    if (!envelope) throw new Failure('Could not find wrapped response', EXIT.server)
    await print.secret(envelope)
    return EXIT.ok
  },
})
