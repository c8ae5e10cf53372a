import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'

export const auditKey = command({
  name: 'audit key',
  summary: 'Print the key that checks audit logs',
  usage: '[options]',
  text: `
Prints the public key of the server's signatures in its audit logs, for "postern audit verify -public-key". Keep it where those who may
write to the logs cannot change it.

    $ postern audit key > audit.pub`,
  flags: {},
  arguments: [0, 0],
  prints: 'field',
  async run({ print, connect }) {
    const envelope = await during('Error reading the key', connect().read('sys/audit-key'))
    if (print.format === 'table' && !print.picks)
      print.line(String(envelope?.data?.public_key ?? ''))
    else if (envelope) await print.secret(envelope)
    return EXIT.ok
  },
})
