import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'

export const operatorSeal = command({
  name: 'operator seal',
  summary: 'Have the server forget its keys',
  usage: '[options]',
  text: `
Seals the server: it forgets its keys at once, and answers nothing, and lets nobody log in, until it is unsealed again. For the case
that somebody is breaking in. Needs a token with sudo. Each node is sealed by itself.

    $ postern operator seal`,
  flags: {},
  arguments: [0, 0],
  async run({ print, connect }) {
    await during('Error sealing', connect({ namespace: undefined }).write('sys/seal'))
    print.line('Success! The server is sealed.')
    return EXIT.ok
  },
})
