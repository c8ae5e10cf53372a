import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { replyTo } from '../reply.ts'

export const leaseLookup = command({
  name: 'lease lookup',
  summary: 'Tell what a lease is',
  usage: '[options] ID',
  text: `
Tells when a lease was given out, and when it ends.

    $ postern lease lookup ssh/creds/web/5vVqfQmT1kYkz4AtV9ScHk3o`,
  flags: {},
  arguments: [1, 1],
  prints: 'field',
  async run({ args: [typed = ''], print, connect }) {
    const id = typed.trim()
    const envelope = await replyTo(
      `error looking up lease id ${id}`,
      connect().write('sys/leases/lookup', { lease_id: id }),
    )
    await print.secret(envelope)
    return EXIT.ok
  },
})
