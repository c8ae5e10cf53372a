import { command } from '../command.ts'
import { parseQuery } from '../data.ts'
import { during, EXIT } from '../failure.ts'
import { trimPath } from '../path.ts'
import { stdinOf } from '../stdin.ts'

export const deletion = command({
  name: 'delete',
  summary: 'Delete data',
  usage: '[options] PATH [K=V...]',
  text: `
Sends a DELETE request to a path. Deleting what does not exist is not an error.

Delete a role:

    $ postern delete ssh/roles/web`,
  flags: {},
  arguments: [1, Infinity],
  names: { arguments: ['path'] },
  prints: 'field',
  async run({ args: [typed = '', ...pairs], print, connect, ...call }) {
    const path = trimPath(typed)
    const query = await parseQuery(pairs, stdinOf(call))
    const envelope = await during(`Error deleting ${path}`, connect().delete(path, query))
    if (envelope) await print.secret(envelope)
    else print.success(`Success! Data deleted (if it existed) at: ${path}`)
    return EXIT.ok
  },
})
