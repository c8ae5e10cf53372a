import { randomBytes } from 'node:crypto'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { writeNewFile } from '../new-file.ts'

const KEY_BYTES = 32

export const operatorGenerateSealKey = command({
  name: 'operator generate-seal-key',
  summary: 'Make the key of a server that unseals itself',
  usage: '[options] FILE',
  text: `
Writes a new random key into a file that only you can read, for "path" or "credential" in [seal] of the server's configuration. Whoever has
this key and the storage can read all of it, and without it nobody can: keep a copy apart from the copies of the storage. A file that
is there is not overwritten.

    $ postern operator generate-seal-key /etc/postern/seal.key

To go over to a new key, put it in a line before the old one, restart the servers, and take the old one away.`,
  flags: {},
  arguments: [1, 1],
  local: true,
  async run({ args: [file = ''], print }) {
    const key = randomBytes(KEY_BYTES).toString('base64')
    try {
      writeNewFile(file, `${key}\n`)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const why = code === 'EEXIST' ? 'it is there already, and is not overwritten' : message
      throw new Failure(`cannot write ${file}: ${why}`)
    }
    print.line(`Success! The key is in ${file}. Keep a copy apart from the storage.`)
    return EXIT.ok
  },
})
