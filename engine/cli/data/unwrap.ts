import { command } from '../command.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { parseToken } from '../kept-token/parse-token.ts'

export const unwrap = command({
  name: 'unwrap',
  summary: 'Unwrap a response',
  usage: '[options] [TOKEN]',
  text: `
Retrieves a response that was wrapped with -wrap-ttl. This works once. Without TOKEN, the token in use is taken as the wrapping token.

Wrap a one-time password for another user:

    $ postern write -wrap-ttl=5m -field=wrapping_token ssh/creds/web ip=10.1.2.3

Unwrap it; no other token is needed:

    $ postern unwrap hvs.…`,
  flags: {},
  arguments: [0, 1],
  prints: 'field',
  onlyOnce: true,
  async run({ args: [typed], print, connect }) {
    // the wrapping token suffices: sending another one would only reveal the caller
    const changes = { wrapTtl: undefined, ...(typed && { token: parseToken(typed.trim()) }) }
    const work = connect(changes).write('sys/wrapping/unwrap')
    const envelope = await during('Error unwrapping', work)
    if (!envelope) throw new Failure('Could not find wrapped response', EXIT.server)
    await print.secret(envelope)
    return EXIT.ok
  },
})
