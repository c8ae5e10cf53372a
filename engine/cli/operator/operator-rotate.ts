import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { showKeyStatus } from './key-status.ts'

export const operatorRotate = command({
  name: 'operator rotate',
  summary: 'Rotate the encryption key of the storage',
  usage: '[options]',
  text: `
Generates a new key with which the server encrypts everything it writes from now on. Existing data stays readable. The shares of the unseal
key do not change. Requires a token with sudo.

    $ postern operator rotate`,
  flags: {},
  arguments: [0, 0],
  prints: 'field',
  async run({ print, connect }) {
    const client = connect({ namespace: undefined })
    await during('Error rotating key', client.write('sys/rotate'))
    if (!print.picks) print.success('Success! Rotated key\n')
    await showKeyStatus(client, print)
    return EXIT.ok
  },
})
