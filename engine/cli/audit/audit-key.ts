import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { replyTo } from '../reply.ts'
import { valueText } from '../value-text.ts'

export const auditKey = command({
  name: 'audit key',
  summary: 'Print the public key of the audit logs',
  usage: '[options]',
  text: `
Prints the public key with which "postern audit verify -public-key" verifies the signatures in audit logs. Store it where those who can write
to the logs cannot change it.

    $ postern audit key > audit.pub`,
  flags: {},
  arguments: [0, 0],
  prints: 'field',
  async run({ print, connect }) {
    const envelope = await replyTo('Error reading the key', connect().read('sys/audit-key'))
    if (print.format === 'table' && !print.picks)
      print.line(valueText(envelope.data?.public_key ?? ''))
    else await print.secret(envelope)
    return EXIT.ok
  },
})
