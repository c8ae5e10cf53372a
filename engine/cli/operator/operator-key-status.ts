import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { showKeyStatus } from './key-status.ts'

export const operatorKeyStatus = command({
  name: 'operator key-status',
  summary: 'Show the current encryption key of the server',
  usage: '[options]',
  text: `
Prints the term of the key with which the server encrypts its storage, its time of installation and how often it has been used. The server
rotates it automatically, long before it reaches the limit.

    $ postern operator key-status`,
  flags: {},
  arguments: [0, 0],
  prints: 'field',
  async run({ print, connect }) {
    await showKeyStatus(connect({ namespace: undefined }), print)
    return EXIT.ok
  },
})
