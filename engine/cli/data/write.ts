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
Writes to a path, and prints what the server answers. Data are pairs: "key=value"; "key=@file" takes the value from a file, "key=-" from
standard input, without a final newline if it is the only one. "@file" and "-" alone are a JSON object, and a key given again becomes a
list.

Write a role:

    $ postern write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8

Ask for a one-time password, and print nothing else:

    $ postern write -field=key ssh/creds/web ip=10.1.2.3

Write an object that a program made:

    $ make-role | postern write ssh/roles/web -

Write to a path that takes no data:

    $ postern write -force sys/seal`,
  flags: {
    force: boolean({ description: 'Write without any data.', default: false }),
  },
  aliases: { f: 'force' },
  arguments: [1, Infinity],
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
