import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** A reply that was kept back, for whoever has the token made for it. */
export interface Wrapped {
  /** As it would have been sent. */
  readonly body: object
  /** The path of the request that it answers. */
  readonly path: string
  /** Seconds that it was kept for. */
  readonly ttl: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

const table = new Table<Wrapped>('wrapping/')

/** Keeps a reply under the hash of its token. */
export const putWrapped = (tx: Tx, hash: string, reply: Wrapped): void => table.put(tx, hash, reply)

export const findWrapped = (tx: Tx, hash: string): Promise<Wrapped | undefined> =>
  table.get(tx, hash)

/** Gives the reply away: of two transactions that take it, only one commits with it. */
export const takeWrapped = (tx: Tx, hash: string): Promise<Wrapped | undefined> =>
  table.take(tx, hash)

/** Forgets a reply that nobody has asked for, if there is one. */
export const dropWrapped = async (tx: Tx, hash: string): Promise<void> => {
  // a delete is a write to be made durable, and most tokens have wrapped nothing
  if (await table.get(tx, hash)) table.delete(tx, hash)
}
