import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** The one policy of the tokens that wrap, which nobody can give to another. */
export const WRAPPING_POLICY = 'response-wrapping'

/** In the cubbyhole of the token that wraps, where old clients read it. */
const cubbyhole = new Table<Kept>('cubbyhole/')

interface Kept {
  /** As JSON; of a reply that is none, text or base64 in a string. */
  readonly response: string
  readonly raw?: 'text' | 'bytes'
}

const PLACE = 'response'

/** Keeps a reply back, as it would have been sent. @param own what the token made for it has of its own */
export function putWrapped(own: Tx, body: object | string): void {
  const isBytes = body instanceof Uint8Array
  const content = isBytes ? Buffer.from(body).toString('base64') : body
  const raw = isBytes ? 'bytes' : typeof body === 'string' ? 'text' : undefined
  cubbyhole.put(own, PLACE, { response: JSON.stringify(content), ...(raw && { raw }) })
}

/** Gives the reply away: of two transactions that take it, only one commits with it. */
export async function takeWrapped(own: Tx): Promise<object | string | undefined> {
  const wrapped = await cubbyhole.take(own, PLACE)
  const content = wrapped && JSON.parse(wrapped.response)
  return wrapped?.raw === 'bytes' ? Buffer.from(content, 'base64') : content
}
