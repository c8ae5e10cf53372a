import { Invalid } from '../../shared/invalid.ts'
import { readEnvelope } from './read-envelope.ts'

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** Array.isArray does not tell TypeScript that a read-only list is one. */
export const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

/** No reply of ours comes near it. */
const DEEPEST = 256

export type JsonObject = { readonly [key: string]: Json }

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isList(value)

/** A reply of the server: Vault's envelope, under Vault's names. Contract §1.3. */
export interface Envelope {
  readonly request_id: string
  readonly lease_id: string
  readonly lease_duration: number
  readonly renewable: boolean
  readonly data: JsonObject | null
  readonly warnings: readonly string[] | null
  readonly auth: Auth | null
  readonly wrap_info: WrapInfo | null
}

export interface Auth {
  readonly client_token: string
  readonly accessor: string
  readonly policies?: readonly string[] | null
  readonly token_policies?: readonly string[] | null
  readonly identity_policies?: readonly string[] | null
  readonly metadata?: Readonly<Record<string, string>> | null
  readonly lease_duration: number
  readonly renewable: boolean
}

export interface WrapInfo {
  readonly token: string
  readonly accessor: string
  readonly ttl: number
  readonly creation_time: string
  readonly creation_path: string
  readonly wrapped_accessor?: string
}

/**
 * Reads the body of a reply; `undefined` when there is nothing in it. A body without an envelope, as of sys/health, becomes the data.
 * @throws {SyntaxError} if it is not a JSON object
 * @throws {Invalid} if it is one that no server of this API sends
 */
export function parseEnvelope(text: string): Envelope | undefined {
  if (text.trim() === '') return undefined
  const body = objectOf(text)
  const envelope = readEnvelope(body)
  if (Object.values(envelope).some(Boolean)) return envelope
  const { errors: _, ...data } = body
  return Object.keys(data).length > 0 && !('request_id' in body) ? { ...envelope, data } : undefined
}

const EMPTY: Envelope = {
  request_id: '',
  lease_id: '',
  lease_duration: 0,
  renewable: false,
  data: null,
  warnings: null,
  auth: null,
  wrap_info: null,
}

/** A reply made here, of nothing but data. */
export const envelopeOf = (parts: Partial<Envelope>): Envelope => ({ ...EMPTY, ...parts })

function objectOf(text: string): JsonObject {
  const body = JSON.parse(text) as Json
  if (!isObject(body)) throw new SyntaxError('the reply is not a JSON object')
  requireFlat(body)
  return body
}

/** Whoever goes down into a value would not come back from deeper down. @throws {Invalid} */
function requireFlat(body: Json): void {
  let [values, depth] = [[body] as readonly Json[], 0]
  while (values.length > 0) {
    if (++depth > DEEPEST) throw new Invalid(`it is nested more than ${DEEPEST} levels deep`)
    values = values.flatMap(each =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    )
  }
}
