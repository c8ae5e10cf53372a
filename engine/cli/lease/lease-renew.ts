import { duration } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { replyTo } from '../reply.ts'

export const leaseRenew = command({
  name: 'lease renew',
  summary: 'Renew a lease',
  usage: '[options] ID',
  text: `
Extends the duration of a lease. Leases of one-time passwords cannot be renewed.

    $ postern lease renew -increment=10m ssh/creds/web/4d5eed31568d74fa05197165`,
  flags: {
    increment: duration({
      description: 'Requested duration, counted from now. The server may grant less.',
      default: 0,
    }),
  },
  arguments: [1, 1],
  prints: 'field',
  async run({ args: [typed = ''], flags: { increment }, print, connect }) {
    const id = typed.trim()
    const envelope = await replyTo(
      `Error renewing ${id}`,
      connect().write('sys/leases/renew', { lease_id: id, increment }),
    )
    await print.secret(envelope)
    return EXIT.ok
  },
})
