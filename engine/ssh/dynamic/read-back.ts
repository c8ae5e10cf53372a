import { INSTALL_SCRIPT } from '../role/install-script.ts'
import type { Connection } from './connection.ts'
import type { InstalledKey } from './installed-key.ts'
import { type Ran, tryScript } from './remote-script.ts'
import { Lost, Refused } from './session-errors.ts'

/** Whether a key is in the file of a user. */
export type Sight = 'there' | 'absent' | 'unreadable'

/**
 * Looks for a key in the user's authorized_keys with the built-in script, whichever script has installed it.
 * @throws {Lost} if the host does not answer; the script before may have changed something
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
