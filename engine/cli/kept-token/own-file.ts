import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { systemReason } from '../../../shared/system-reason.ts'
import { Failure } from '../failure.ts'
import { system } from '../system.ts'

/** Why a file must not be obeyed. */
export interface Fault {
  readonly kind: 'irregular' | 'foreign' | 'writable'
  readonly text: string
}

/** A file that this program obeys. */
interface OwnFile {
  /** Without blanks around it. Empty if it is not a regular file. */
  readonly text: string
  /** Whether other users can read it. */
  readonly exposed: boolean
  /** Undefined if it is a regular file of this user or root that no other user can write. */
  readonly fault: Fault | undefined
}

/** Reads a file; `undefined` without one. @param what it has, in errors. @throws {Failure} if it cannot be read */
export function readOwnFile(path: string, what: string): OwnFile | undefined {
  const file = open(path, what)
  if (file === undefined) return undefined
  try {
    const stats = fstatSync(file)
    return {
      text: stats.isFile() ? readFileSync(file, 'utf8').trim() : '',
      exposed: system.hasOwners && (stats.mode & 0o044) !== 0,
      fault: faultOf(stats),
    }
  } finally {
    closeSync(file)
  }
}

function open(path: string, what: string): number | undefined {
  try {
    // O_NONBLOCK: opening a named pipe would wait for a writer
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new Failure(`failed to read ${what}: ${path}: ${systemReason(error)}`)
  }
}

function faultOf(stats: Stats): Fault | undefined {
  const { uid, gid, mode } = stats
  const self = process.geteuid?.()
  if (!stats.isFile()) return { kind: 'irregular', text: 'is not a regular file' }
  if (!system.hasOwners) return undefined
  if (uid !== self && uid !== 0)
    return { kind: 'foreign', text: `belongs to another user (uid ${uid})` }
  // Debian gives each user a group of the same id
  const others = uid !== 0 && gid === uid ? 0o002 : 0o022
  return (mode & others) === 0
    ? undefined
    : { kind: 'writable', text: 'can be changed by other users' }
}
