import { boolean } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { textsOf } from '../print-init.ts'
import { dataOf } from '../reply.ts'

export const tokenCapabilities = command({
  name: 'token capabilities',
  summary: 'Show the capabilities of a token on a path',
  usage: '[options] [TOKEN | ACCESSOR] PATH',
  text: `
Prints the capabilities that a token has on a path; without TOKEN, those of your own token. "deny" means none, "root" means all.

    $ postern token capabilities ssh/creds/web

For another token, by its accessor:

    $ postern token capabilities -accessor 9793c9b3-e04a-46f3 ssh/creds/web`,
  flags: {
    accessor: boolean({
      description: 'The first argument is an accessor.',
      default: false,
    }),
  },
  arguments: [1, 2],
  prints: 'format',
  async run({ args, flags, print, connect }) {
    const path = args.at(-1) ?? ''
    const named = args.length > 1 ? args[0]?.trim() : undefined
    if (flags.accessor && named === undefined)
      throw new Failure('Not enough arguments with -accessor (expected 2, got 1)')
    const data = await dataOf('Error listing capabilities', ask())
    const found = (Object.hasOwn(data, path) ? data[path] : undefined) ?? data.capabilities
    const capabilities = textsOf(found)
    if (print.format === 'table') print.line(capabilities.join(', '))
    else await print.rows(capabilities, [], [])
    return EXIT.ok

    function ask() {
      const client = connect()
      if (named === undefined) return client.post('sys/capabilities-self', { path })
      return flags.accessor
        ? client.post('sys/capabilities-accessor', { accessor: named, path })
        : client.post('sys/capabilities', { token: named, path })
    }
  },
})
