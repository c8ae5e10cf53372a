import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'

export const operatorSeal = command({
  name: 'operator seal',
  summary: 'Seal a server',
  usage: '[options]',
  text: `
Seals the server: it erases its keys from memory at once and serves no requests and no logins until it is unsealed. Use it in an emergency,
such as an intrusion. Each node of a cluster is sealed separately. Requires a token with sudo.

    $ postern operator seal`,
  flags: {},
  arguments: [0, 0],
  async run({ print, connect }) {
    await during('Error sealing', connect({ namespace: undefined }).write('sys/seal'))
    print.line('Success! The server is sealed.')
    return EXIT.ok
  },
})
