import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** In the cubbyhole of the wrapping token, where old clients read it. */
const cubbyhole = new Table<StoredResponse>('cubbyhole/')

interface StoredResponse {
  /** JSON; text and bytes, the latter in base64, are a JSON string. */
  readonly response: string
  readonly raw?: 'text' | 'bytes'
}

const PLACE = 'response'

/** Stores a wrapped response. @param own the part of the store that is scoped to the wrapping token */
export function putWrapped(own: Tx, body: object | string): void {
  const isBytes = body instanceof Uint8Array
  const content = isBytes ? Buffer.from(body).toString('base64') : body
  const raw = isBytes ? 'bytes' : typeof body === 'string' ? 'text' : undefined
  cubbyhole.put(own, PLACE, { response: JSON.stringify(content), ...(raw && { raw }) })
}

/** Takes the wrapped response. Of two concurrent transactions that take it, only one commits. */
export async function takeWrapped(own: Tx): Promise<object | string | undefined> {
  const wrapped = await cubbyhole.take(own, PLACE)
  const content = wrapped && JSON.parse(wrapped.response)
  return wrapped?.raw === 'bytes' ? Buffer.from(content, 'base64') : content
}
