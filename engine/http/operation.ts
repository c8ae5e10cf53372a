import { ApiError } from '../api/errors.ts'
import type { Operation } from '../api/request.ts'

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['GET', 'read'],
  ['LIST', 'list'],
  ['POST', 'update'],
  ['PUT', 'update'],
  ['DELETE', 'delete'],
  ['PATCH', 'patch'],
  ['HEAD', 'header'],
])

/** The texts of Go's strconv.ParseBool. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map(text => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map(text => [text, false] as const),
])

/** The operation of a verb and query. Contract §1.1. @throws {ApiError} */
export function operationOf(verb: string, query: URLSearchParams): Operation {
  if (query.get('help')) return 'help'
  if (verb === 'OPTIONS')
    throw new ApiError('invalid', 'cannot handle internal-only request operation')
  const operation = OPERATIONS.get(verb)
  if (!operation) throw new ApiError('unsupported')
  return operation === 'read' && asksForList(query) ? 'list' : operation
}

function asksForList(query: URLSearchParams): boolean {
  const text = query.get('list')
  if (!text) return false
  const list = BOOLEANS.get(text)
  if (list === undefined) throw new ApiError('invalid')
  return list
}
