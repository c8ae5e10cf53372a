import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { Invalid } from './invalid.ts'

/** The most a file of settings or of certificates may hold. */
const LARGEST_FILE = 1024 * 1024

/** As many symbolic links as Linux follows. */
const MOST_LINKS = 40

/**
 * The text of a file that nobody can have changed but root and the user who runs this program.
 *
 * The file, each directory and each symbolic link on the way to it must belong to one of the two, and must not be writable
 * for group or others. A sticky directory of root's, such as /tmp, may be: there nobody can replace what another one owns.
 * The last part of the path must not be a symbolic link, unless `links` says so. A `secret` must not be readable for others, nor for a
 * group but root's and the one of the user who runs this program.
 * @throws {Invalid} that says what is wrong, and with which part of the path
 */
export function readTrusted(path: string, { links = false, secret = false } = {}): string {
  const real = walk(resolve(path), links)
  // without O_NONBLOCK the open of a named pipe would wait for a writer
  const file = reading(real, () =>
    openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  )
  try {
    const stats = fstatSync(file)
    if (!stats.isFile()) throw new Invalid(`${real} is not a regular file`)
    requireOwned(real, stats)
    if (secret && (stats.mode & (secretGroup(stats) ? 0o004 : 0o044)) !== 0)
      throw new Invalid(`${real} can be read by other users: run chmod go-r ${real}`)
    if (stats.size > LARGEST_FILE) throw new Invalid(`${real} is larger than 1 MiB`)
    return reading(real, () => contentOf(file, real, stats.size))
  } finally {
    closeSync(file)
  }
}

/**
 * Requires a directory in which nobody else can replace a file: it and all on the way to it belong to root or to the user who runs this
 * program. A group may write to root's, as Ubuntu has it in /var/log: what is opened in it must be looked at by itself.
 * @throws {Invalid}
 */
export function requireTrustedFolder(path: string): void {
  const real = walk(resolve(path), true, GROUPS_TOO)
  if (real !== '/') requireDirectory(real, lstatSync(real), GROUPS_TOO)
}

function contentOf(file: number, path: string, size: number): string {
  const bytes = Buffer.alloc(size + 1)
  let length = 0
  for (let got = 1; got > 0 && length <= size; length += got)
    got = readSync(file, bytes, length, bytes.length - length, null)
  if (length !== size) throw new Invalid(`${path} changed while it was read`)
  return bytes.toString('utf8', 0, length)
}

const secretGroup = ({ gid }: Stats): boolean => gid === 0 || gid === process.getegid?.()

/** Goes down from the root, checks every directory and link passed, and gives back the path without links. */
function walk(path: string, links: boolean, allowed = 0): string {
  const parts = path.split('/').filter(Boolean)
  let [at, followed] = ['/', 0]
  requireDirectory(at)
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (part === '..') {
      at = dirname(at)
      continue
    }
    const next = join(at, part)
    const stats = reading(next, () => lstatSync(next))
    const last = parts.length === 0
    if (stats.isSymbolicLink()) {
      if (last && !links) throw new Invalid(`${next} is a symbolic link`)
      if (++followed > MOST_LINKS)
        throw new Invalid(`${path} leads through too many symbolic links`)
      if (!ours(stats)) throw new Invalid(`${next} belongs to another user (uid ${stats.uid})`)
      const target = reading(next, () => readlinkSync(next))
      parts.unshift(...target.split('/').filter(each => each !== '' && each !== '.'))
      if (isAbsolute(target)) at = '/'
      continue
    }
    if (!last) requireDirectory(next, stats, allowed)
    at = next
  }
  return at
}

/** Bits of a mode that may be set on directories of root's although others get rights by them. */
const GROUPS_TOO = 0o020

function requireDirectory(path: string, stats = lstatSync(path), allowed = 0): void {
  if (!stats.isDirectory()) throw new Invalid(`${path} is not a directory`)
  // an owner without a number here can put files in it, but none that belong to root or to the user of this program
  const root = stats.uid === 0 || (!ours(stats) && stats.uid === unmapped())
  if (root && (stats.mode & STICKY) !== 0) return
  if (root) requireUnshared(path, stats, allowed)
  else requireOwned(path, stats)
}

// node:fs has no name for this bit
const STICKY = 0o1000

function requireOwned(path: string, stats: Stats): void {
  if (!ours(stats)) throw new Invalid(`${path} belongs to another user (uid ${stats.uid})`)
  requireUnshared(path, stats)
}

function requireUnshared(path: string, stats: Stats, allowed = 0): void {
  const writable = stats.mode & (ownGroup(stats) ? 0o002 : 0o022) & ~allowed
  if (writable !== 0)
    throw new Invalid(`${path} can be changed by other users: run chmod go-w ${path}`)
}

const ours = ({ uid }: Stats): boolean => uid === process.geteuid?.() || uid === 0

/** Debian gives each user a group of the same number, which may write what the user makes. Not so for root. */
const ownGroup = ({ uid, gid }: Stats): boolean =>
  uid !== 0 && uid === process.geteuid?.() && gid === uid

/**
 * In a user namespace the machine's root has no number, and what belongs to it seems to belong to one id. Undefined where that id
 * is somebody's here, such as the `nobody` of a container.
 */
function unmapped(): number | undefined {
  try {
    const id = Number(readFileSync('/proc/sys/kernel/overflowuid', 'utf8'))
    const ranges = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n')
    const mapped = ranges.some(range => {
      const [first = 0, , count = 0] = range.trim().split(/\s+/).map(Number)
      return id >= first && id < first + count
    })
    return mapped ? undefined : id
  } catch {
    // without /proc nothing says that this is a namespace, and the stricter rule holds
    return undefined
  }
}

/** Does something with a file, and says of a failure which file it was and why. */
function reading<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof Invalid) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new Invalid(`${path} ${REASONS[code ?? ''] ?? `cannot be read (${code})`}`, {
      cause: error,
    })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'cannot be read: permission denied',
  ELOOP: 'is a symbolic link',
  ENOTDIR: 'is not a directory',
  EISDIR: 'is a directory',
}
