import { getSystemErrorMessage } from 'node:util'

/**
 * Why the system refused something, as in "no such file or directory": without the number, the call and the path that Node.js puts into
 * the message of its errors. For any other error, its message.
 */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { errno } = error as NodeJS.ErrnoException
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : error.message
}
