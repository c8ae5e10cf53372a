import { ask } from '../session.ts'
import type { Batch } from '../use-pages.ts'
import { ApiFailure, type ApiRequest } from './request.ts'

/** Rows on a page. */
const LIMIT = 50

interface ListRequest extends Pick<ApiRequest, 'query' | 'signal'> {
  readonly after?: string | undefined
}

/** A name in a list, with what the engine tells of it. */
export interface Listed<Info> {
  readonly name: string
  readonly info: Info
}

/** One page of a list, in the order of its names. An empty list, which the API answers with 404, has no rows. @throws {ApiFailure} */
export async function list<Info>(
  path: string,
  { query, after, signal }: ListRequest,
): Promise<Batch<Listed<Info>>> {
  try {
    const { data } = await ask(path, {
      method: 'LIST',
      query: { ...query, after, limit: LIMIT },
      signal,
    })
    const keys = (data.keys ?? []) as readonly string[]
    const rows = keys.map(name => ({ name, info: (data.key_info?.[name] ?? {}) as Info }))
    // without "next", a full page may have others after it
    return { rows, next: data.next ?? (keys.length === LIMIT ? keys.at(-1) : undefined) }
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return { rows: [], next: undefined }
    throw error
  }
}
