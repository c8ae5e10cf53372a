import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Hashes of files in `folder`, as sha256sum writes and reads them. */
export const checksums = (folder: string, files: readonly string[]): string =>
  [...files]
    .sort()
    .map(file => {
      const digest = createHash('sha256').update(readFileSync(join(folder, file)))
      return `${digest.digest('hex')}  ${file}\n`
    })
    .join('')
