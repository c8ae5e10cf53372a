import { isAbsolute, normalize } from 'node:path'
import { Invalid } from '../../shared/invalid.ts'
import type { RawOptions } from './raw-options.ts'

/** Folders that contain no regular files. */
const NOT_FILES = /^\/(?:dev|proc|sys)\//

/** Checks that a path can be that of a regular file. @throws {Invalid} */
export function filePath(path: string): string {
  const quoted = JSON.stringify(path)
  if (!isAbsolute(path)) throw new Invalid(`file_path must be absolute, not ${quoted}`)
  if (normalize(path) !== path || path.endsWith('/') || path.includes('\0'))
    throw new Invalid(`file_path must be the plain path of a file, not ${quoted}`)
  if (NOT_FILES.test(path)) throw new Invalid(`file_path must not be a device: ${quoted}`)
  return path
}

/** Refuses a path with control characters. Devices that were enabled before this check keep such a path. @throws {Invalid} */
export function requirePrintablePath(options: RawOptions): void {
  const { file_path: one, path: other } = options
  for (const path of [one, other])
    if (typeof path === 'string' && /\p{Cc}/u.test(path))
      throw new Invalid('file_path must not contain control characters')
}

/** Permissions from octal digits; undefined for zeros. @throws {Invalid} */
export function parseMode(text: string): number | undefined {
  if (!/^0?[0-7]{3,4}$/.test(text))
    throw new Invalid(`mode must be octal digits such as 0600, not ${JSON.stringify(text)}`)
  const mode = Number.parseInt(text, 8)
  if ((mode & 0o7000) !== 0 || (mode & 0o111) !== 0)
    throw new Invalid(`mode ${text} would make the file executable`)
  if ((mode & 0o002) !== 0) throw new Invalid(`mode ${text} would let every user write to the file`)
  return mode === 0 ? undefined : mode
}
