import { escaped } from '../../../shared/visible.ts'
import { command } from '../command.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'

export const pathHelp = command({
  name: 'path-help',
  summary: 'Show the help of a path',
  usage: '[options] PATH',
  text: `
Prints the purpose of a path and the fields it takes. With -format=json, prints an OpenAPI document.

All paths of a mount:

    $ postern path-help ssh

One path:

    $ postern path-help ssh/creds/web`,
  flags: {},
  arguments: [1, 1],
  names: { arguments: ['path'] },
  prints: 'format',
  async run({ args: [typed = ''], print, connect }) {
    const path = trimPath(typed)
    const envelope = await during('Error retrieving help', connect().read(path, { help: '1' }))
    const { help, openapi } = envelope?.data ?? {}
    if (typeof help !== 'string') throw new Failure(`No help found at ${path}`, EXIT.server)
    if (print.format === 'json') print.line(escaped(JSON.stringify(openapi ?? null)))
    else print.line(help)
    return EXIT.ok
  },
})
