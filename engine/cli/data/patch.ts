import { boolean } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { parseData } from '../data.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { stdinOf } from '../stdin.ts'

export const patch = command({
  name: 'patch',
  summary: 'Change some fields of data',
  usage: '[options] PATH [K=V...]',
  text: `
Changes the given fields of what is at a path, and leaves the others, by a request of the kind PATCH. Data is given as for "write". The paths of
Postern do not support this: use "write" there, which changes only the given fields of all but roles. Other servers support it for some paths.

Change one field:

    $ postern patch secret/data/web options=@options.json

Data from standard input:

    $ postern patch secret/data/web - < data.json`,
  flags: {
    force: boolean({ description: 'Send the request without data.', default: false }),
  },
  aliases: { f: 'force' },
  arguments: [1, Infinity],
  prints: 'field',
  async run({ args: [typed = '', ...pairs], flags, print, connect, ...call }) {
    if (pairs.length === 0 && !flags.force) throw new Failure('Must supply data or use -force')
    const path = trimPath(typed)
    const data = await parseData(pairs, stdinOf(call))
    const envelope = await during(`Error writing data to ${path}`, connect().patch(path, data))
    if (envelope) await print.secret(envelope)
    else print.success(`Success! Data written to: ${path}`)
    return EXIT.ok
  },
})
