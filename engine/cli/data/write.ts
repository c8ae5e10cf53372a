import { boolean } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { parseData } from '../data.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { stdinOf } from '../stdin.ts'

export const write = command({
  name: 'write',
  summary: 'Write data',
  usage: '[options] PATH [K=V...]',
  text: `
Writes data to a path and prints the response. Data is given as pairs: "key=value"; "key=@file" reads the value from a file, "key=-" from
standard input. The newline at the end of a value of one line is removed. "@file" and "-" alone read a JSON object. A key that is given
several times becomes a list.

Create a role:

    $ postern write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8

Create a one-time password and print nothing else:

    $ postern write -field=key ssh/creds/web ip=10.1.2.3

Write a JSON object from another program:

    $ make-role | postern write ssh/roles/web -

Write to a path without data:

    $ postern write -force sys/seal`,
  flags: {
    force: boolean({ description: 'Send the request without data.', default: false }),
  },
  aliases: { f: 'force' },
  arguments: [1, Infinity],
  names: { arguments: ['path'] },
  prints: 'field',
  async run({ args: [typed = '', ...pairs], flags, print, connect, ...call }) {
    if (pairs.length === 0 && !flags.force) throw new Failure('Must supply data or use -force')
    const path = trimPath(typed)
    const data = await parseData(pairs, stdinOf(call))
    const envelope = await during(`Error writing data to ${path}`, connect().write(path, data))
    if (envelope) await print.secret(envelope)
    else print.success(`Success! Data written to: ${path}`)
    return EXIT.ok
  },
})
