import { boolean } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { textsOf } from '../print-init.ts'
import { dataOf } from '../reply.ts'

export const tokenCapabilities = command({
  name: 'token capabilities',
  summary: 'Tell what a token may do with a path',
  usage: '[options] [TOKEN | ACCESSOR] PATH',
  text: `
Tells what a token may do with a path; your own, if none is named. "deny" is nothing, "root" is all.

    $ postern token capabilities ssh/creds/web

Another token, of which only the accessor is at hand:

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
