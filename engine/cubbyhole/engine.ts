import { longRest } from '../../shared/field.ts'
import { type Call, callerOf } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import type { Engine } from '../api/engine.ts'
import { ApiError } from '../api/errors.ts'
import { requireAny, requireFound } from '../api/require-found.ts'
import { Table } from '../storage/table.ts'
import { WRAPPING_POLICY } from '../wrapping/wrapped.ts'
import { inexactNumber } from './inexact-number.ts'

/** Bytes: of a path, which is part of a key of the storage, and of the JSON that is stored. */
const LONGEST_PATH = 1024
const LARGEST = 1024 * 1024

const cubbyhole = new Table<object>('cubbyhole/')

/** The engine behind `cubbyhole`: a place for secrets that every token has for itself. */
export const cubbyholes: Engine = {
  type: 'cubbyhole',
  perToken: true,
  description:
    'Every token has a cubbyhole of its own: what it stores there, no other token can read, the root token included. All of it goes when the token ends.',
  endpoints: [
    endpoint({
      path: ':path',
      summary: 'Stores, reads and deletes what a token keeps for itself.',
      description:
        'Any JSON object of up to 1 MiB is stored as it is sent, in place of what was there. A list has the names below a path; one that ends in "/" has more below it.',
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

/** @throws {ApiError} for what could not be given back as it is, too */
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

/** What the client of a wrapped reply hears who fetches it in the old way. */
const deprecated = (path: string, call: Call) =>
  path === 'response' && callerOf(call).policies.includes(WRAPPING_POLICY)
    ? {
        warnings: [
          "Reading from 'cubbyhole/response' is deprecated. Please use sys/wrapping/unwrap to unwrap responses, as it provides additional security checks and other benefits.",
        ],
      }
    : {}
