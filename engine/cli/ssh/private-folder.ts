import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import type { CliIo } from '../cli-io.ts'
import { Failure } from '../failure.ts'
import { system } from '../system.ts'

/** A temporary directory with mode 0700, for files and sockets of ssh. Disposing of it deletes it with its contents. */
export interface PrivateFolder extends Disposable {
  /** The path of a file in it; short enough for a socket if the name is short. */
  path(name: string): string
  /** Gives the path of the new file. */
  write(name: string, text: string, mode?: number): string
  /** Gives the path of the new link. */
  link(name: string, target: string): string
}

/** Bytes of its path, so that a socket in it fits: systems allow at least 103. */
const MAX_PATH_BYTES = 90

const PREFIX = 'postern-ssh-'

/**
 * Creates one, in XDG_RUNTIME_DIR if possible, which is in memory, else in the directory for temporary files.
 * @throws {Failure} if no directory is suitable
 */
export function privateFolder(environment: CliIo['environment']): PrivateFolder {
  const reasons: string[] = []
  for (const place of parentsIn(environment)) {
    try {
      return withSpace(folderAt(mkdtempSync(`${place}/${PREFIX}`)))
    } catch (error) {
      reasons.push(messageOf(error))
    }
  }
  throw new Failure(
    `failed to create a private directory: ${reasons.join('; ') || 'none is suitable'}`,
  )
}

function folderAt(folder: string): PrivateFolder {
  // ssh for Windows reads slashes, and a backslash as the beginning of an escape
  const path = (name: string) => `${folder}/${name}`
  const made = (name: string, work: (file: string) => void) => {
    try {
      work(path(name))
      return path(name)
    } catch (error) {
      throw new Failure(`failed to write a file for ssh: ${messageOf(error)}`)
    }
  }
  return {
    path,
    write: (name, text, mode = 0o600) =>
      made(name, file => writeFileSync(file, text, { mode, flag: 'wx' })),
    link: (name, target) => made(name, file => symlinkSync(resolve(target), file)),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Bytes that a login writes at most. */
const NEEDED_BYTES = 16 * 1024

/** @throws {Failure} if the disk is full; the directory is deleted then */
function withSpace(folder: PrivateFolder): PrivateFolder {
  using made = new DisposableStack()
  made.use(folder)
  rmSync(folder.write('room', ' '.repeat(NEEDED_BYTES)))
  made.move()
  return folder
}

function parentsIn({ XDG_RUNTIME_DIR, TMPDIR, TEMP }: CliIo['environment']): readonly string[] {
  const places = system.hasOwners ? [XDG_RUNTIME_DIR, TMPDIR, '/tmp'] : [TEMP]
  return places.flatMap(place => (place ? (usable(place) ?? []) : []))
}

/** The absolute path, if no other user can replace a directory in it, and if it can be written in an option of ssh. */
function usable(place: string): string | undefined {
  try {
    const path = resolve(place).replaceAll(sep, '/')
    const { uid, mode } = statSync(path)
    if (!system.hasOwners) return UNQUOTABLE.test(path) ? undefined : path
    const isSafe = (mode & 0o022) === 0 || (mode & 0o1000) !== 0
    const isOurs = uid === process.getuid?.() || uid === 0
    const fits = Buffer.byteLength(path) + PREFIX.length + 7 <= MAX_PATH_BYTES
    return isSafe && isOurs && fits && !UNQUOTABLE.test(path) ? path : undefined
  } catch {
    // deleted, or relative to a deleted working directory
    return undefined
  }
}

/** ssh before 8.7 cannot quote the first two, and no version the others. */
const UNQUOTABLE = /["\\$\p{Cc}]/u

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
