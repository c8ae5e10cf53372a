import type { Client } from '../client.ts'
import { mayUse, shownRole } from './shown-role.ts'

/**
 * The kind of credential that a role makes. Where the role does not show itself, what the caller may do with it tells; and `otp`, the usual
 * one, where nothing does.
 */
export async function keyType(client: Client, mount: string, role: string): Promise<string> {
  const shown = await shownRole(client, mount, role)
  if (shown) return String(shown.key_type ?? 'otp')
  const [, ask, sign] = await mayUse(client, mount, role)
  return sign && !ask ? 'ca' : 'otp'
}

/** Whether the caller may have keys signed by a role. */
export async function maySign(client: Client, mount: string, role: string): Promise<boolean> {
  const [, , sign] = await mayUse(client, mount, role)
  return sign
}
