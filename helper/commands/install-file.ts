import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Refusal } from '../refusal.ts'

/**
 * Puts a file in place whole: sshd sees the old one or the new one, also after a power failure. The new one is read back and looked at
 * first, under another name in the same folder; if `check` throws, the old one stays. Tells whether anything has changed.
 * @throws {Refusal} if it cannot be written
 */
export function installFile(
  file: string,
  content: Uint8Array,
  check: (draft: string) => void = () => undefined,
): boolean {
  if (contentOf(file)?.equals(content)) return false
  const draft = `${file}.${process.pid}.draft`
  try {
    // of a run that was killed
    rmSync(draft, { force: true })
    write(draft, content)
    if (!contentOf(draft)?.equals(content)) throw new Error('it was not written whole')
    check(draft)
    renameSync(draft, file)
    sync(dirname(file))
  } catch (error) {
    rmSync(draft, { force: true })
    if (error instanceof Refusal) throw error
    throw new Refusal('settings', `${file} cannot be written: ${(error as Error).message}`)
  }
  return true
}

/**
 * What a file holds; undefined if it is not there.
 * @throws {Refusal} if it cannot be read, or is a device or a pipe, whose content never ends or never comes
 */
export function contentOf(file: string): Buffer | undefined {
  try {
    requireEnd(file, statSync(file))
    // a pipe that has come to its place in between is not waited for
    const opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      requireEnd(file, fstatSync(opened))
      return readFileSync(opened)
    } finally {
      closeSync(opened)
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new Refusal('settings', `${file} cannot be read: ${message}`)
  }
}

function requireEnd(file: string, found: Stats): void {
  if (!found.isFile() && !found.isDirectory())
    throw new Refusal('settings', `${file} leads to what is no regular file`)
}

function write(path: string, content: Uint8Array): void {
  const file = openSync(path, 'wx', 0o644)
  try {
    // goes on until all is written, or throws
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function sync(folder: string): void {
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
