import { randomUUID } from 'node:crypto'
import type { Secret } from '../shared/secret.ts'
import { builtinMounts, type Core } from './core/core.ts'
import type { Mounts } from './core/mounts.ts'
import type { Store } from './storage/store.ts'
import { Table } from './storage/table.ts'
import { type Tx, transact } from './storage/transact.ts'
import { rootToken } from './sys/root-token.ts'

/** What a store says of itself. */
interface Cluster {
  /** UUID of the data, the same on every node. */
  readonly id: string
  /** Somebody has been given a token. */
  readonly initialized: boolean
}

const table = new Table<Cluster>('core/')

/** Puts into a new store what every store holds. Gives the UUID of the store's data. */
export function found(store: Store, mounts: Mounts): Promise<string> {
  return transact(store, async tx => {
    const known = await table.get(tx, 'cluster')
    if (known) return known.id
    const id = randomUUID()
    table.put(tx, 'cluster', { id, initialized: false })
    for (const mount of builtinMounts()) mounts.put(tx, mount)
    return id
  })
}

/** Makes `token` the root token of a store that has never had one. Tells whether it did. */
export function giveRootToken(core: Core, token: Secret): Promise<boolean> {
  return transact(core.store, async (tx: Tx) => {
    const cluster = await table.get(tx, 'cluster')
    if (!cluster || cluster.initialized) return false
    table.put(tx, 'cluster', { ...cluster, initialized: true })
    rootToken(core, tx, token)
    return true
  })
}
