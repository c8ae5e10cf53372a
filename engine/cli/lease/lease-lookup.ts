import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { replyTo } from '../reply.ts'

export const leaseLookup = command({
  name: 'lease lookup',
  summary: 'Show a lease',
  usage: '[options] ID',
  text: `
Prints when a lease was issued, when it expires and whether it can be renewed.

    $ postern lease lookup ssh/creds/web/4d5eed31568d74fa05197165`,
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
