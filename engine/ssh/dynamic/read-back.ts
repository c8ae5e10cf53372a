import { INSTALL_SCRIPT } from '../role/install-script.ts'
import type { Connection } from './connection.ts'
import type { InstalledKey } from './installed-key.ts'
import { type Ran, tryScript } from './remote-script.ts'
import { Lost, Refused } from './session-errors.ts'

/** What the file of a user shows of a key. */
export type Sight = 'there' | 'absent' | 'unreadable'

/**
 * Looks for a key in the user's authorized_keys by means of the built-in script, whatever script has put it there.
 * @throws {Lost} if the host does not answer; something has been done there before
 */
export async function readBack(
  connection: Connection,
  { username, publicKey }: InstalledKey,
  signal: AbortSignal,
): Promise<Sight> {
  const job = { username, script: INSTALL_SCRIPT, line: publicKey, operation: 'list' } as const
  const { begun, code, stdout } = await tryScript(connection, job, signal).catch(lost)
  if (!begun || code !== 0) return 'unreadable'
  return stdout.includes(publicKey.split(' ')[1] ?? '') ? 'there' : 'absent'
}

function lost(cause: unknown): Ran {
  throw cause instanceof Refused
    ? new Lost(`the file could not be read back: ${cause.message}`, { cause })
    : cause
}
