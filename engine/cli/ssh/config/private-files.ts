import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../failure.ts'

/** Makes the directory for sockets, certificates and notes, with mode 0700. @throws {Failure} if other users can enter or change it */
export function privateDirectory(path: string): string {
  mkdirSync(path, { mode: 0o700, recursive: true })
  const { uid, mode } = lstatSync(path)
  const isOurs = lstatSync(path).isDirectory() && uid === process.geteuid?.()
  if (isOurs && (mode & 0o077) === 0) return path
  throw new Failure(
    `${path} must be a directory of yours that others cannot enter: run chmod 700 ${path}, or remove it`,
  )
}

/** Replaces a file at once, by one with this mode. */
export function replaceFile(directory: string, name: string, text: string, mode = 0o600): string {
  return replaced(directory, name, draft => {
    const file = openSync(draft, 'wx', mode)
    try {
      writeFileSync(file, text)
    } finally {
      closeSync(file)
    }
    chmodSync(draft, mode)
  })
}

/** Replaces a symbolic link, or a file, by a link, at once. Gives its path. */
export function replaceLink(directory: string, name: string, target: string): string {
  return replaced(directory, name, draft => symlinkSync(target, draft))
}

/** The value in a JSON file; undefined if there is none, or none that can be read. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // missing, or of another version
    return undefined
  }
}

function replaced(directory: string, name: string, write: (draft: string) => void): string {
  const draft = join(directory, `.${randomBytes(6).toString('hex')}`)
  try {
    write(draft)
    renameSync(draft, join(directory, name))
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  return join(directory, name)
}
