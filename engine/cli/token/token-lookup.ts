import { boolean } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { replyTo } from '../reply.ts'

export const tokenLookup = command({
  name: 'token lookup',
  summary: 'Show a token',
  usage: '[options] [TOKEN | ACCESSOR]',
  text: `
Prints the properties of a token, such as its policies and TTL; without TOKEN, those of your own token.

    $ postern token lookup

For another token, by its accessor:

    $ postern token lookup -accessor 9793c9b3-e04a-46f3-e7b8-748d7da248da`,
  flags: {
    accessor: boolean({
      description: 'The argument is an accessor. The token itself is not shown.',
      default: false,
    }),
  },
  arguments: [0, 1],
  prints: 'field',
  async run({ args: [typed], flags, print, connect, settings }) {
    if (flags.accessor && typed === undefined)
      throw new Failure('Not enough arguments with -accessor (expected 1, got 0)')
    const envelope = await replyTo('Error looking up token', ask())
    const { ttl, creation_ttl: granted, renewable } = envelope.data ?? {}
    if (typed === undefined && typeof ttl === 'number' && typeof granted === 'number')
      await settings().token.learn({ ttl, granted, renewable: renewable === true })
    await print.secret(envelope)
    return EXIT.ok

    function ask() {
      const client = connect()
      if (typed === undefined) return client.read('auth/token/lookup-self')
      return flags.accessor
        ? client.post('auth/token/lookup-accessor', { accessor: typed.trim() })
        : client.post('auth/token/lookup', { token: typed.trim() })
    }
  },
})
