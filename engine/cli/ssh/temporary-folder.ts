import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that only its owner sees into, for files that ssh must have; it goes with them when it is disposed of. */
export interface TemporaryFolder extends Disposable {
  readonly folder: string
  /** Gives the path of the new file. */
  write(name: string, text: string): string
}

/** Makes a new one. */
export function temporaryFolder(): TemporaryFolder {
  const folder = mkdtempSync(join(tmpdir(), 'postern-ssh-'))
  return {
    folder,
    write(name: string, text: string): string {
      const file = join(folder, name)
      writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
      return file
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
