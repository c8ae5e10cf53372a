import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { attempt } from '../../../../shared/result.ts'

/** Milliseconds for ssh to end one. */
const TIMEOUT = 5_000

/** Closes the shared connections whose sockets are in a directory, with their sessions. */
export async function endConnections(directory: string): Promise<void> {
  const names = await attempt(() => readdirSync(directory))
  if (!names.ok) return
  for (const name of names.value.filter(each => /^m-[0-9a-f]{8}$/.test(each)))
    await attempt(() =>
      promisify(execFile)('ssh', ['-F', 'none', '-S', join(directory, name), '-O', 'exit', 'all'], {
        timeout: TIMEOUT,
      }),
    )
}
