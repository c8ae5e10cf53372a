import { chownSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Invalid } from '../../shared/invalid.ts'
import { systemReason } from '../../shared/system-reason.ts'

/**
 * Creates a file that only this user can read, in a directory that only this user can change, if they are missing.
 * @throws {Invalid} if they exist but are open to other users, or cannot be created
 */
export function privateFile(file: string): void {
  const folder = dirname(file)
  try {
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      sync(dirname(folder))
    }
    if (!existsSync(file)) {
      closeSync(openSync(file, 'a', 0o600))
      giveToOwner(file, folder)
      sync(folder)
    }
  } catch (cause) {
    throw new Invalid(`${file} cannot be created: ${systemReason(cause)}`, { cause })
  }
  if (statSync(folder).mode & 0o022)
    throw new Invalid(`${folder} can be changed by other users: run chmod go-w ${folder}`)
  if (statSync(file).mode & 0o077)
    throw new Invalid(`${file} is open to other users: run chmod 600 ${file}`)
}

/** Gives a file that root has created to the owner of its directory, so that the engine can open it. */
export function giveToOwner(file: string, folder: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(folder)
  chownSync(file, uid, gid)
}

/** Makes the names in a directory, or the content of a file, durable. */
export function sync(path: string): void {
  const handle = openSync(path, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
