import { randomBytes } from 'node:crypto'
import { systemReason } from '../../../shared/system-reason.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { writeNewFile } from '../new-file.ts'

const KEY_BYTES = 32

export const operatorGenerateSealKey = command({
  name: 'operator generate-seal-key',
  summary: 'Generate a seal key for auto-unseal',
  usage: '[options] FILE',
  text: `
Writes a new random key to a file with mode 0600, for "path" or "credential" in [seal] of the configuration. Anyone with this key and the
storage can read all data; without the key nobody can. Keep a copy of it, separate from the backups of the storage. An existing file is not
overwritten.

    $ postern operator generate-seal-key /etc/postern/seal.key

To rotate the key, add the new one as the line before the old one, restart the servers, and remove the old line.`,
  flags: {},
  arguments: [1, 1],
  local: true,
  async run({ args: [file = ''], print }) {
    const key = randomBytes(KEY_BYTES).toString('base64')
    try {
      writeNewFile(file, `${key}\n`)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const why =
        code === 'EEXIST' ? 'it exists already and is not overwritten' : systemReason(error)
      throw new Failure(`cannot write ${file}: ${why}`)
    }
    print.line(`Success! The key is in ${file}. Keep a copy, separate from the storage.`)
    return EXIT.ok
  },
})
