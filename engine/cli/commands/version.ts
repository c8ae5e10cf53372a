import { command } from '../command.ts'
import { EXIT } from '../failure.ts'

export const version = command({
  name: 'version',
  summary: 'Print the version of this program',
  usage: '',
  text: `
Prints the version of this program, not that of the server.

    $ postern version`,
  flags: {},
  arguments: [0, 0],
  local: true,
  async run({ print, world }) {
    print.line(`Postern v${world.version}`)
    return EXIT.ok
  },
})
