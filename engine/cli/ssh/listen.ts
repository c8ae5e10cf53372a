import { once } from 'node:events'
import type { Server } from 'node:net'
import { Failure } from '../failure.ts'

/** Listens at a socket for ssh. @throws {Failure} */
export async function listen(server: Server, path: string): Promise<void> {
  try {
    server.listen(path)
    await once(server, 'listening')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure(`failed to listen for ssh: ${reason}`)
  }
}
