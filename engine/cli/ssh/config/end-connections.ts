import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { attempt } from '../../../../shared/result.ts'
import { endConnection } from './control-master.ts'

/** Closes the shared connections whose sockets are in a directory, with their sessions. */
export async function endConnections(directory: string): Promise<void> {
  const names = await attempt(() => readdirSync(directory))
  if (!names.ok) return
  for (const name of names.value.filter(each => /^m-[0-9a-f]{8}$/.test(each)))
    await endConnection(join(directory, name), 'exit')
}
