import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs'

/** Creates a file with mode 0600, or leaves none on an error. @throws {Error} if it exists, or cannot be written */
export function writeNewFile(path: string, contents: string | Buffer): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(file, contents)
    fsyncSync(file)
  } catch (error) {
    // a partial file would make the next attempt fail
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}
