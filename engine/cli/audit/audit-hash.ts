import { text } from 'node:stream/consumers'
import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { trimPath } from '../path.ts'
import { replyTo } from '../reply.ts'
import { stdinOf } from '../stdin.ts'
import { textValue } from '../text-value.ts'
import { valueText } from '../value-text.ts'

export const auditHash = command({
  name: 'audit hash',
  summary: 'Hash a value as an audit device does',
  usage: '[options] PATH [TEXT]',
  text: `
Prints the hash by which a value appears in the log of an audit device, to search for it. Without TEXT, or with "-", the value is read from
standard input. An argument would be visible to other users of the machine.

Find the lines with a one-time password:

    $ echo -n 2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c | postern audit hash file
    hmac-sha256:bd5d71...
    $ grep hmac-sha256:bd5d71... /var/log/postern/audit.log`,
  flags: {},
  arguments: [1, 2],
  names: { arguments: ['audit'] },
  prints: 'field',
  async run({ args: [typed = '', given], print, connect, ...call }) {
    const input =
      given === undefined || given === '-' ? textValue(await text(stdinOf(call)())) : given
    const path = `sys/audit-hash/${trimPath(typed)}`
    const envelope = await replyTo('Error hashing', connect().write(path, { input }))
    const hash = envelope.data?.hash ?? ''
    if (print.format === 'table' && !print.picks) print.line(valueText(hash))
    else await print.secret(envelope)
    return EXIT.ok
  },
})
