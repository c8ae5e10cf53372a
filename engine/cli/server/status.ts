import type { Client } from '../client.ts'
import { command } from '../command.ts'
import type { JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { leaderOf } from './leader.ts'
import { sealRows } from './seal-rows.ts'
import { tlsFacts } from './tls-facts.ts'

export const status = command({
  name: 'status',
  summary: 'Show whether the server is sealed',
  usage: '[options]',
  text: `
Prints the seal status of the server, when its certificate expires, and the fingerprint of its CA, for hosts that are set up. Requires no
token. The exit code is:

    0  unsealed
    1  error, or no answer
    2  sealed

    $ postern status
    $ postern status -field=ca_fingerprint`,
  flags: {},
  arguments: [0, 0],
  prints: 'field',
  async run({ print, connect }) {
    // with a namespace these paths are served only when unsealed
    const client = connect({ namespace: undefined })
    const state = {
      ...(await sealOf(client)),
      ...(await leaderOf(client).catch(lost)),
      ...(await tlsFacts(client)),
    }
    await print.map(state, 'seal status', sealRows(state))
    return state.sealed === true ? EXIT.server : EXIT.ok
  },
})

async function sealOf(client: Client): Promise<JsonObject> {
  try {
    const state = (await client.read('sys/seal-status'))?.data
    if (typeof state?.sealed === 'boolean') return state
    throw new Error('unexpected response of the server: it has no "sealed"')
  } catch (error) {
    throw failed('Error checking seal status', error)
  }
}

// not 2 as for other failures: that means sealed
const failed = (what: string, error: unknown) =>
  error instanceof Error ? new Failure(`${what}: ${error.message}`, EXIT.local) : error

function lost(error: unknown): never {
  throw failed('Error checking leader status', error)
}
