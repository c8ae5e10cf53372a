import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Makes the names in a directory durable: a file that has just been moved there, or removed. @throws {Error} of the system */
export function syncFolder(folder: string): void {
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
