import type { Client } from '../client.ts'
import type { JsonObject } from '../envelope.ts'
import { RequestError } from '../request-error.ts'

/** The leader status of the server. */
export async function leaderOf(client: Client): Promise<JsonObject> {
  try {
    return (await client.read('sys/leader'))?.data ?? {}
  } catch (error) {
    // a sealed node of a cluster does not know its leader
    const isSealed = error instanceof RequestError && error.errors.includes('Vault is sealed')
    if (isSealed) return { ha_enabled: true }
    throw error
  }
}
