import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** The one policy of the tokens that wrap, which nobody can give to another. */
export const WRAPPING_POLICY = 'response-wrapping'

/** In the cubbyhole of the token that wraps, where old clients read it. */
const cubbyhole = new Table<{ readonly response: string }>('cubbyhole/')

const PLACE = 'response'

/** Keeps a reply back, as it would have been sent. @param own what the token made for it has of its own */
export const putWrapped = (own: Tx, body: object): void =>
  cubbyhole.put(own, PLACE, { response: JSON.stringify(body) })

/** Gives the reply away: of two transactions that take it, only one commits with it. */
export async function takeWrapped(own: Tx): Promise<object | undefined> {
  const wrapped = await cubbyhole.take(own, PLACE)
  return wrapped && JSON.parse(wrapped.response)
}
