import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from '../../shared/sync-folder.ts'
import { systemReason } from '../../shared/system-reason.ts'
import { Refusal } from '../refusal.ts'

interface Options {
  /** Called with the draft before it replaces the file; throws if it must not. */
  readonly check?: (draft: string) => void
  readonly mode?: number
}

/**
 * Replaces a file atomically: sshd sees the old one or the new one, also after a power failure. The new one is first written under
 * another name in the same directory, read back and checked; if `check` throws, the old one is kept. Returns whether the file has changed.
 * One with the same content that is a link, or that other users can change, is replaced as well.
 * @throws {Refusal} if it cannot be written
 */
export function installFile(
  file: string,
  content: Uint8Array,
  { check, mode = 0o644 }: Options = {},
): boolean {
  if (contentOf(file)?.equals(content) && isSafe(file)) return false
  const draft = `${file}.${process.pid}.draft`
  try {
    // left by a run that was killed
    rmSync(draft, { force: true })
    write(draft, content, mode)
    if (!contentOf(draft)?.equals(content)) throw new Error('it was not written whole')
    check?.(draft)
    renameSync(draft, file)
    syncFolder(dirname(file))
  } catch (error) {
    rmSync(draft, { force: true })
    if (error instanceof Refusal) throw error
    throw new Refusal('settings', `${file} cannot be written: ${systemReason(error)}`)
  }
  return true
}

/**
 * The content of a file; undefined if it does not exist.
 * @throws {Refusal} if it cannot be read, or is a device or a pipe, whose content may never end
 */
export function contentOf(file: string): Buffer | undefined {
  try {
    requireEnd(file, statSync(file))
    // does not block on a pipe that has replaced the file meanwhile
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

/** Whether it is a file itself, which no other user can change. */
function isSafe(file: string): boolean {
  const found = lstatSync(file, { throwIfNoEntry: false })
  return (
    found?.isFile() === true &&
    (found.uid === 0 || found.uid === process.geteuid?.()) &&
    (found.mode & 0o022) === 0
  )
}

function requireEnd(file: string, found: Stats): void {
  if (!found.isFile() && !found.isDirectory())
    throw new Refusal('settings', `${file} leads to what is no regular file`)
}

function write(path: string, content: Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode)
  try {
    // writes everything, or throws
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
