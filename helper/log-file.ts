import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Invalid } from '../shared/invalid.ts'
import { requireTrustedFolder } from '../shared/trusted-file.ts'

/**
 * Appends a line to a file that only root and a group of its choice may read, and makes the file if it is not there.
 * @returns why it could not
 */
export function appendLine(path: string, line: string): string | undefined {
  const { O_RDWR, O_APPEND, O_CREAT } = constants
  return withLog(path, O_RDWR | O_APPEND | O_CREAT, file => {
    const bytes = Buffer.from(`${isCut(file) ? '\n' : ''}${stamp()} ${line}\n`)
    // a line that a full disk has cut is no line
    if (writeSync(file, bytes) < bytes.length) throw new Invalid('the disk is full')
  })
}

/** Whether a disk that was full has left the beginning of a line at the end. */
function isCut(file: number): boolean {
  const { size } = fstatSync(file)
  const last = Buffer.alloc(1)
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== '\n'
}

/** Why a line could not be appended to this file; looks without writing. */
export function problemOfLog(path: string): string | undefined {
  const problem = withLog(path, constants.O_WRONLY, () => undefined)
  return problem?.endsWith(' ENOENT') ? undefined : problem
}

function withLog(path: string, flags: number, use: (file: number) => void): string | undefined {
  const { O_NOFOLLOW, O_NONBLOCK } = constants
  try {
    requireTrustedFolder(dirname(path))
    // not through a link, and without waiting for whoever reads from a pipe
    const file = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600)
    try {
      requireOwn(file)
      use(file)
      return undefined
    } finally {
      closeSync(file)
    }
  } catch (error) {
    const why = error instanceof Invalid ? error.message : (error as NodeJS.ErrnoException).code
    return `the log ${path} cannot be written: ${why}`
  }
}

/** Of the open file, so that nothing can be put in its place between the look and the line. */
function requireOwn(file: number): void {
  const stats = fstatSync(file)
  const { uid, mode, nlink } = stats
  if (!stats.isFile()) throw new Invalid('it is not a regular file')
  if (uid !== 0 && uid !== process.geteuid?.())
    throw new Invalid(`it belongs to another user (uid ${uid})`)
  if (nlink !== 1) throw new Invalid('it has more than one name')
  if ((mode & 0o027) !== 0) throw new Invalid('others may read it, or a group write it: chmod 600')
}

/** When, where and who, as syslog would say before the line. */
const stamp = () => `${new Date().toISOString()} ${hostname()} postern-helper[${process.pid}]:`

function hostname(): string {
  try {
    return readFileSync('/proc/sys/kernel/hostname', 'utf8').replace(/[^\w.-]/g, '') || '-'
  } catch {
    return '-'
  }
}
