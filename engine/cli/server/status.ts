import type { Client } from '../client.ts'
import { command } from '../command.ts'
import type { JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { leaderOf } from './leader.ts'
import { sealRows } from './seal-rows.ts'

export const status = command({
  name: 'status',
  summary: 'Print whether the server is sealed',
  usage: '[options]',
  text: `
Prints the state of the server. It needs no token. The exit code tells the state:

    0  unsealed
    1  no answer, or an error
    2  sealed

    $ postern status`,
  flags: {},
  arguments: [0, 0],
  prints: 'field',
  async run({ print, connect }) {
    // in a namespace these paths answer only when unsealed
    const client = connect({ namespace: undefined })
    const state = { ...(await sealOf(client)), ...(await leaderOf(client).catch(lost)) }
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

// 2, as of other failures, would say that the server is sealed
const failed = (what: string, error: unknown) =>
  error instanceof Error ? new Failure(`${what}: ${error.message}`, EXIT.local) : error

function lost(error: unknown): never {
  throw failed('Error checking leader status', error)
}
