export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** Array.isArray does not tell TypeScript that a read-only list is one. */
export const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

export type JsonObject = { readonly [key: string]: Json }

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
  readonly policies: readonly string[]
  readonly token_policies: readonly string[]
  readonly identity_policies: readonly string[]
  readonly metadata: Readonly<Record<string, string>> | null
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
 */
export function parseEnvelope(text: string): Envelope | undefined {
  if (text.trim() === '') return undefined
  const body = objectOf(text)
  const envelope = { ...EMPTY, ...only(body, Object.keys(EMPTY)) } as Envelope
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
  const body: unknown = JSON.parse(text)
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as JsonObject
  throw new SyntaxError('the reply is not a JSON object')
}

const only = (body: JsonObject, keys: readonly string[]) =>
  Object.fromEntries(keys.filter(key => body[key] !== undefined).map(key => [key, body[key]]))
