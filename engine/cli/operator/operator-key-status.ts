import { command } from '../command.ts'
import { EXIT } from '../failure.ts'
import { showKeyStatus } from './key-status.ts'

export const operatorKeyStatus = command({
  name: 'operator key-status',
  summary: 'Tell which key the server encrypts with',
  usage: '[options]',
  text: `
Prints the term of the key with which the server encrypts, since when, and how often it has been used. It makes a new one by itself
long before one has been used too often.

    $ postern operator key-status`,
  flags: {},
  arguments: [0, 0],
  prints: 'field',
  async run({ print, connect }) {
    await showKeyStatus(connect({ namespace: undefined }), print)
    return EXIT.ok
  },
})
