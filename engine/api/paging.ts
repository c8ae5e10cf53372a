import { type Fields, integer, string } from '../../shared/field.ts'
import type { Reply } from './reply.ts'
import { requireAny } from './require-found.ts'

/** What every list may be asked for, as in OpenBao: a part of it. */
const pageFields = {
  after: string({ default: '', description: 'Begins the list behind this name.' }),
  limit: integer({ default: 0, description: 'The most names to answer with; all when 0.' }),
}

interface Page {
  readonly after: string
  readonly limit: number
}

/** Whether an endpoint lists, and leaves it to {@link pageOf} to answer with a part. */
const isPaged = (operations: object, fields: Fields) =>
  'list' in operations && !('after' in fields) && !('limit' in fields)

/** The fields that an operation of an endpoint reads. */
export const fieldsOf = <F extends Fields>(fields: F, operations: object, operation: string): F =>
  operation === 'list' && isPaged(operations, fields) ? { ...fields, ...pageFields } : fields

/** The fields of an endpoint as they are shown: those of its list, if it does nothing but that. */
export const fieldsShown = (fields: Fields, operations: object): Fields =>
  Object.keys(operations).length === 1 ? fieldsOf(fields, operations, 'list') : fields

/**
 * The part of a list that was asked for by values of the page fields.
 * @throws {ApiError} missing, if nothing is in it
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
