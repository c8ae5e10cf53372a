import type { Client } from '../client.ts'
import { command } from '../command.ts'
import type { JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { RequestError } from '../request-error.ts'
import { valueText } from '../value-text.ts'

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
    const state = { ...(await sealOf(client)), ...(await leaderOf(client)) }
    await print.map(state, 'seal status', rowsOf(state))
    return state.sealed === true ? EXIT.server : EXIT.ok
  },
})

async function sealOf(client: Client): Promise<JsonObject> {
  try {
    return (await client.read('sys/seal-status'))?.data ?? {}
  } catch (error) {
    throw failed('Error checking seal status', error)
  }
}

async function leaderOf(client: Client): Promise<JsonObject> {
  try {
    return (await client.read('sys/leader'))?.data ?? {}
  } catch (error) {
    // a sealed server that is one of several does not know its leader
    const isSealed = error instanceof RequestError && error.errors.includes('Vault is sealed')
    if (isSealed) return { ha_enabled: true }
    throw failed('Error checking leader status', error)
  }
}

// 2, as of other failures, would say that the server is sealed
const failed = (what: string, error: unknown) =>
  error instanceof Error ? new Failure(`${what}: ${error.message}`, EXIT.local) : error

function rowsOf(state: JsonObject): readonly (readonly [string, string])[] {
  const text = (name: string) => valueText(state[name] ?? '')
  const sealed = state.sealed === true
  return [
    ['Seal Type', text('type')],
    ['Initialized', text('initialized')],
    ['Sealed', text('sealed')],
    ['Total Shares', text('n')],
    ['Threshold', text('t')],
    ...(sealed ? [['Unseal Progress', `${text('progress')}/${text('t')}`] as const] : []),
    ...(sealed ? [['Unseal Nonce', text('nonce')] as const] : []),
    ...OPTIONAL.filter(([, name]) => state[name]).map(
      ([label, name]) => [label, text(name)] as const,
    ),
    ['HA Enabled', text('ha_enabled')],
  ]
}

const OPTIONAL = [
  ['Version', 'version'],
  ['Commit Date', 'commit_date'],
  ['Storage Type', 'storage_type'],
  ['Cluster Name', 'cluster_name'],
  ['Cluster ID', 'cluster_id'],
] as const
