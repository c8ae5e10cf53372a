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
import { reading } from './reading.ts'

/** Bytes of a file at the most. */
const LARGEST_FILE = 1024 * 1024

/** Linux's limit of symbolic links in a path. */
const MOST_LINKS = 40

/**
 * The text of a file that only root and the user of this process can change.
 *
 * The file and each directory and symbolic link in its path must belong to one of the two, and must not be writable for group or others.
 * A sticky directory of root's, such as /tmp, may be: a user cannot replace another user's files in it. The last part of the path must
 * not be a symbolic link unless `links` is set. A `secret` must not be readable for others, nor for groups other than root's and that of
 * this process.
 * @throws {Invalid} with what is wrong, and with which part of the path
 */
export function readTrusted(path: string, { links = false, secret = false } = {}): string {
  const real = walk(resolve(path), links)
  // without O_NONBLOCK, opening a named pipe would block
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
 * Requires a directory in which no other user can replace a file: it and its parents belong to root or to the user of this process. Those
 * of root's may be writable for a group, as /var/log is in Ubuntu: check each file that is opened there.
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

/** Resolves the symbolic links of a path, and checks every directory and link in it. */
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

/** Mode bits that are allowed on root's directories, although a group may then write. */
const GROUPS_TOO = 0o020

function requireDirectory(path: string, stats = lstatSync(path), allowed = 0): void {
  if (!stats.isDirectory()) throw new Invalid(`${path} is not a directory`)
  // an owner without an id here can create files in it, but none that belong to root or to the user of this process
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

/** Debian gives each user a group with the same id, which may write the user's files. Not for root. */
const ownGroup = ({ uid, gid }: Stats): boolean =>
  uid !== 0 && uid === process.geteuid?.() && gid === uid

/**
 * The id that files of the machine's root have in a user namespace that does not map it: the overflow id. Undefined if that id is mapped,
 * such as `nobody` in a container.
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
    // without /proc the namespace is unknown, and the stricter rule applies
    return undefined
  }
}
