import type { Client } from '../client.ts'
import { RequestError } from '../request-error.ts'

/** The kind of credential that a role makes; `otp`, the usual one, where the role does not show itself. */
export async function keyType(client: Client, mount: string, role: string): Promise<string> {
  try {
    return String((await client.read(`${mount}/roles/${role}`))?.data?.key_type ?? 'otp')
  } catch (error) {
    // who may log in by a role need not be allowed to look at it
    if (error instanceof RequestError) return 'otp'
    throw error
  }
}
