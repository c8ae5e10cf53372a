import { command } from '../command.ts'
import { parseQuery } from '../data.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { stdinOf } from '../stdin.ts'

export const read = command({
  name: 'read',
  summary: 'Read data',
  usage: '[options] PATH [K=V...]',
  text: `
Reads a path, such as a role, a configuration or a status. Pairs after the path are sent as query parameters.

Read a role:

    $ postern read ssh/roles/web

One of its fields:

    $ postern read -field=default_user ssh/roles/web

A response that is not JSON, unchanged:

    $ postern read -format=raw ssh/public_key`,
  flags: {},
  arguments: [1, Infinity],
  names: { arguments: ['path'] },
  prints: 'text',
  async run({ args: [typed = '', ...pairs], print, connect, ...call }) {
    const path = trimPath(typed)
    const query = await parseQuery(pairs, stdinOf(call))
    if (print.format === 'raw') {
      const text = await during(`Error reading: ${path}`, connect().readText(path, query))
      if (text === undefined) throw new Failure(`No value found at ${path}`, EXIT.server)
      print.line(text)
      return EXIT.ok
    }
    const envelope = await during(`Error reading ${path}`, connect().read(path, query))
    if (!envelope) throw new Failure(`No value found at ${path}`, EXIT.server)
    await print.secret(envelope)
    return EXIT.ok
  },
})
