import { statSync } from 'node:fs'
import { dirname } from 'node:path'

/** The first folder on the way to a file, or the file itself, that other users than root can change; undefined if there is none. */
export function unsafePath(path: string): string | undefined {
  const above = path === '/' ? undefined : unsafePath(dirname(path))
  if (above !== undefined) return above
  const found = statSync(path, { throwIfNoEntry: false })
  return found && (found.uid !== 0 || (found.mode & 0o022) !== 0) ? path : undefined
}
