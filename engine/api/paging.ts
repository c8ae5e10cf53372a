import { type Fields, integer, string } from '../../shared/field.ts'
import type { Reply } from './reply.ts'
import { requireAny } from './require-found.ts'

/** Parameters for a page of a list, as in OpenBao. */
const pageFields = {
  after: string({ default: '', description: 'Lists only names after this one.' }),
  limit: integer({ default: 0, description: 'Maximum number of names to return; 0 for all.' }),
}

interface Page {
  readonly after: string
  readonly limit: number
}

/** Whether an endpoint has a list operation whose pages {@link pageOf} makes. */
const isPaged = (operations: object, fields: Fields) =>
  'list' in operations && !('after' in fields) && !('limit' in fields)

/** The fields of an operation. */
export const fieldsOf = <F extends Fields>(fields: F, operations: object, operation: string): F =>
  operation === 'list' && isPaged(operations, fields) ? { ...fields, ...pageFields } : fields

/** The fields of an endpoint in its help: with the page parameters, if list is its only operation. */
export const fieldsShown = (fields: Fields, operations: object): Fields =>
  Object.keys(operations).length === 1 ? fieldsOf(fields, operations, 'list') : fields

/**
 * The requested page of a list.
 * @throws {ApiError} missing, if it is empty
 */
export function pageOf(reply: Reply, values: Partial<Page>): Reply {
  const { after = '', limit = 0 } = values
  const data = (reply.data ?? {}) as Partial<List>
  if (reply.bare || reply.refusal || (after === '' && limit <= 0) || !data.keys) return reply
  const begin = Buffer.from(after)
  const rest = data.keys.filter(key => Buffer.compare(Buffer.from(key), begin) > 0)
  const keys = requireAny(limit > 0 ? rest.slice(0, limit) : rest)
  const { key_info: info } = data
  const part = info && Object.fromEntries(keys.map(key => [key, info[key]]))
  return { ...reply, data: { ...data, keys, ...(part && { key_info: part }) } }
}

interface List {
  readonly keys: readonly string[]
  readonly key_info: Readonly<Record<string, unknown>>
}
