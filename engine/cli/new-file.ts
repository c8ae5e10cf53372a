import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs'

/** Makes a file that only its owner can read, with the whole text, or leaves none. @throws {Error} also where one is there already */
export function writeNewFile(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } catch (error) {
    // it would be in the way of the next try
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}
