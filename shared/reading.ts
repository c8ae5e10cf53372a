import { Invalid } from './invalid.ts'

/** Returns what `action` returns. @throws {Invalid} with the path and a plain reason if the system refuses it */
export function reading<T>(path: string, action: () => T): T {
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
  ELOOP: 'is a symbolic link, or leads through too many symbolic links',
  ENOTDIR: 'is not a directory',
  EISDIR: 'is a directory, not a file',
}
