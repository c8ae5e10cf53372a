import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'

export const operatorStepDown = command({
  name: 'operator step-down',
  summary: 'Make a leader step down, which Postern does not have',
  usage: '[options]',
  text: `
Asks the node to step down as the leader. All nodes of Postern are active, so nothing happens there. For scripts that do it before they stop a node, and for other servers.

    $ postern operator step-down

To stop a node of Postern, end it: it answers the requests that it has begun.

    $ systemctl stop postern`,
  flags: {},
  arguments: [0, 0],
  async run({ print, connect, settings }) {
    await during('Error stepping down', connect().write('sys/step-down'))
    print.line(`Success! Stepped down: ${settings().address.origin}`)
    return EXIT.ok
  },
})
