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
 * Appends a line to a file that only root and one group may read. Creates the file if it does not exist.
 * @returns the reason if that failed
 */
export function appendLine(path: string, line: string): string | undefined {
  const { O_RDWR, O_APPEND, O_CREAT } = constants
  return withLog(path, O_RDWR | O_APPEND | O_CREAT, file => {
    const bytes = Buffer.from(`${endsInPartialLine(file) ? '\n' : ''}${stamp()} ${line}\n`)
    // an incomplete line does not count
    if (writeSync(file, bytes) < bytes.length) throw new Invalid('the disk is full')
  })
}

/** Whether the file ends in an incomplete line, which a full disk leaves. */
function endsInPartialLine(file: number): boolean {
  const { size } = fstatSync(file)
  const last = Buffer.alloc(1)
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== '\n'
}

/** Why no line could be appended to this file; does not write. */
export function problemOfLog(path: string): string | undefined {
  const problem = withLog(path, constants.O_WRONLY, () => undefined)
  return problem?.endsWith(' ENOENT') ? undefined : problem
}

function withLog(path: string, flags: number, use: (file: number) => void): string | undefined {
  const { O_NOFOLLOW, O_NONBLOCK } = constants
  try {
    requireTrustedFolder(dirname(path))
    // not through a symbolic link, and without blocking on a pipe
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

/** Checks the open file, which cannot be replaced between the check and the write. */
function requireOwn(file: number): void {
  const stats = fstatSync(file)
  const { uid, mode, nlink } = stats
  if (!stats.isFile()) throw new Invalid('it is not a regular file')
  if (uid !== 0 && uid !== process.geteuid?.())
    throw new Invalid(`it belongs to another user (uid ${uid})`)
  if (nlink !== 1) throw new Invalid('it has more than one name')
  if ((mode & 0o027) !== 0) throw new Invalid('others may read it, or a group write it: chmod 600')
}

/** Time, host and process, as syslog writes them before a line. */
const stamp = () => `${new Date().toISOString()} ${hostname()} postern-helper[${process.pid}]:`

function hostname(): string {
  try {
    return readFileSync('/proc/sys/kernel/hostname', 'utf8').replace(/[^\w.-]/g, '') || '-'
  } catch {
    return '-'
  }
}
