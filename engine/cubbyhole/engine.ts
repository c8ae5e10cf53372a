import { longRest } from '../../shared/field.ts'
import { type Call, callerOf } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import type { Engine } from '../api/engine.ts'
import { ApiError } from '../api/errors.ts'
import { requireAny, requireFound } from '../api/require-found.ts'
import { WRAPPING_POLICY } from '../api/wrapping-policy.ts'
import { Table } from '../storage/table.ts'
import { inexactNumber } from './inexact-number.ts'

/** Limits in bytes: of a path, which is part of a storage key, and of the stored JSON. */
const LONGEST_PATH = 1024
const LARGEST = 1024 * 1024

const cubbyhole = new Table<object>('cubbyhole/')

/** The engine of `cubbyhole`: secret storage scoped to a token. */
export const cubbyholes: Engine = {
  type: 'cubbyhole',
  perToken: true,
  description:
    'Every token has its own cubbyhole. No other token can read it, not even a root token. It is deleted with the token.',
  endpoints: [
    endpoint({
      path: ':path',
      summary: 'Stores, reads, lists and deletes secrets of the calling token.',
      description:
        'Stores any JSON object of up to 1 MiB as it is sent, and replaces the old one. A list returns the names below a path; a name that ends in "/" has more names below it.',
      acceptsAnyData: true,
      exists: async ({ path }, { tx }) => (await cubbyhole.get(tx, String(path))) !== undefined,
      fields: { path: longRest({ default: '', description: 'Any path, for example "app/db".' }) },
      operations: {
        read: async function readCubbyhole({ path }, call) {
          const data = requireFound(await cubbyhole.get(call.tx, checked(path)))
          return { data, ...deprecated(path, call) }
        },
        list: async function listCubbyhole({ path }, { tx }) {
          const keys = requireAny(await cubbyhole.list(tx, path === '' ? '' : `${path}/`))
          return { data: { keys } }
        },
        update: async function writeCubbyhole({ path }, { tx, sent }) {
          const to = checked(path)
          requireStorable(sent)
          cubbyhole.put(tx, to, sent)
          return undefined
        },
        delete: async function deleteCubbyhole({ path }, { tx }) {
          cubbyhole.delete(tx, checked(path))
          return undefined
        },
      },
    }),
  ],
}

function checked(path: string): string {
  if (path === '') throw new ApiError('invalid', 'missing path')
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new ApiError('invalid', `path is longer than ${LONGEST_PATH} bytes`)
  return path
}

/** @throws {ApiError} if the data is empty, too large, or cannot be returned exactly as it was sent */
function requireStorable(data: Call['sent']): void {
  if (Object.keys(data).length === 0) throw new ApiError('invalid', 'missing data fields')
  const size = Buffer.byteLength(JSON.stringify(data))
  if (size > LARGEST)
    throw new ApiError('too large', `data has ${size} bytes, more than the ${LARGEST} that fit`)
  const place = inexactNumber(data)
  if (place !== undefined)
    throw new ApiError(
      'invalid',
      `the number at "${place}" is too large to be stored exactly: send it as a string`,
    )
}

/** A warning for clients that read a wrapped response at its old path. */
const deprecated = (path: string, call: Call) =>
  path === 'response' && callerOf(call).policies.includes(WRAPPING_POLICY)
    ? {
        warnings: [
          "Reading from 'cubbyhole/response' is deprecated. Please use sys/wrapping/unwrap to unwrap responses, as it provides additional security checks and other benefits.",
        ],
      }
    : {}
